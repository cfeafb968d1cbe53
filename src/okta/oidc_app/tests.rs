use super::*;

fn set(items: &[&str]) -> Attr<Set<String>> {
    Attr::Known(items.iter().map(|item| (*item).to_owned()).collect())
}

fn app() -> OidcApp {
    OidcApp {
        id: "0oa1a2b3c4d5e6f7g8h9".into(),
        label: "Access".into(),
        token_endpoint_auth_method: BASIC.into(),
        omit_secret: false.into(),
        client_secret: Attr::Known("hunter2".into()),
        client_secret_id: "ocs1".into(),
        client_secret_hash: "hash".into(),
        ..OidcApp::default()
    }
}

async fn planned(prior: Option<OidcApp>, config: OidcApp, planned: OidcApp) -> (OidcApp, String) {
    let call = Call::default();
    let mut change = Change { prior, config, planned, replace: Vec::new() };
    OidcAppResource.plan(&call, None, &mut change).await.unwrap();
    (change.planned, format!("{call:?}"))
}

fn problems(config: OidcApp) -> Vec<String> {
    let mut found = Diagnostics::new();
    Resource::validate(&OidcAppResource, &config, &mut found);
    found.iter().map(|problem| problem.path.to_string()).collect()
}

#[test]
fn grants_and_response_types_fit_together() {
    assert!(problems(OidcApp::default()).is_empty());
    let config = OidcApp { grant_types: set(&["refresh_token"]), response_types: set(&["code"]), ..app() };
    assert_eq!(problems(config), ["grant_types"]);
    let config = OidcApp { grant_types: set(&["implicit"]), response_types: set(&["code"]), ..app() };
    assert_eq!(problems(config), ["grant_types", "response_types"]);
    let unknown = OidcApp { grant_types: Attr::Unknown, response_types: set(&["code"]), ..app() };
    assert!(problems(unknown).is_empty());
}

#[tokio::test]
async fn a_new_app_has_nobody_and_no_claim() {
    let open = OidcApp {
        groups_claim: Attr::Unknown,
        assigned_group_ids: Attr::Unknown,
        assigned_user_ids: Attr::Unknown,
        client_secret: Attr::Unknown,
        ..app()
    };
    let (plan, _) = planned(None, OidcApp::default(), open.clone()).await;
    assert!(plan.groups_claim.is_null() && plan.assigned_group_ids.is_null() && plan.assigned_user_ids.is_null());
    assert!(plan.client_secret.is_unknown());
    let (plan, _) = planned(None, OidcApp::default(), OidcApp { omit_secret: true.into(), ..open }).await;
    assert!(plan.client_secret.is_null(), "nothing to show");
}

#[tokio::test]
async fn another_way_of_proving_itself_mints_a_secret() {
    let post = OidcApp { token_endpoint_auth_method: "client_secret_post".into(), ..app() };
    let (plan, _) = planned(Some(app()), post.clone(), post.clone()).await;
    assert!(plan.client_secret.is_unknown() && plan.client_secret_id.is_unknown());
    assert!(plan.client_secret_hash.is_unknown());
    let omitted = OidcApp { omit_secret: true.into(), ..post };
    let (plan, _) = planned(Some(app()), omitted.clone(), omitted).await;
    assert!(plan.client_secret.is_null() && plan.client_secret_hash.is_unknown());
}

#[tokio::test]
async fn omit_secret_hides_and_shows() {
    let hidden = OidcApp { omit_secret: true.into(), ..app() };
    let (plan, _) = planned(Some(app()), hidden.clone(), hidden).await;
    assert!(plan.client_secret.is_null());
    assert_eq!(plan.client_secret_id.text(), Some("ocs1"));
    let prior = OidcApp { omit_secret: true.into(), client_secret: Attr::Null, ..app() };
    let shown = OidcApp { omit_secret: false.into(), ..prior.clone() };
    let (plan, _) = planned(Some(prior), shown.clone(), shown).await;
    assert!(plan.client_secret.is_unknown());
    // A secret that could not be read is no reason for a change.
    let unread = OidcApp { client_secret: Attr::Null, ..app() };
    let (plan, _) = planned(Some(unread.clone()), unread.clone(), unread).await;
    assert!(plan.client_secret.is_null());
}

#[tokio::test]
async fn a_policy_taken_out_leads_to_the_default_one() {
    let prior = OidcApp { authentication_policy: "rst1a2b3c4d5e6f7g8h9".into(), ..app() };
    let (plan, _) = planned(Some(prior.clone()), app(), app()).await;
    assert!(plan.authentication_policy.is_unknown());
    let (plan, _) = planned(Some(prior.clone()), app(), prior.clone()).await;
    assert_eq!(plan.authentication_policy, prior.authentication_policy, "never configured: it stays");
}

#[tokio::test]
async fn losing_the_app_is_announced() {
    let prior = OidcApp { assigned_group_ids: set(&["00g1", "00g2"]), assigned_user_ids: set(&["00u1"]), ..app() };
    let fewer = OidcApp { assigned_group_ids: set(&["00g2"]), assigned_user_ids: Attr::Null, ..app() };
    let (_, told) = planned(Some(prior.clone()), fewer.clone(), fewer).await;
    assert!(told.contains("00g1: an unknown number of people"), "{told}");
    assert!(told.contains("Up to 1 person may no longer use the app"), "{told}");
    let (_, told) = planned(Some(prior.clone()), prior.clone(), prior).await;
    assert!(!told.contains("may no longer"), "{told}");
}

#[tokio::test]
async fn a_state_without_an_id_is_refused_before_okta_is_asked() {
    // Whoever asked would get no answer from there.
    let org = "https://acme.invalid".parse().unwrap();
    let client = Client {
        okta: api::Client::new(org, api::Credentials::api_token("t".into()), Default::default()),
        secret_checks: true,
        existing: Default::default(),
    };
    let (call, state) = (Call::default(), OidcApp { id: Attr::Null, ..app() });
    let change = Planned { planned: state.clone(), config: OidcApp::default() };
    for errors in [
        OidcAppResource.read(&call, &client, state.clone()).await.unwrap_err(),
        OidcAppResource.update(&call, &client, state.clone(), change).await.unwrap_err(),
        OidcAppResource.delete(&call, &client, state).await.unwrap_err(),
    ] {
        assert!(errors.iter().next().unwrap().summary.contains("okta_oidc_app has no id"), "{errors:?}");
    }
}
