use super::*;
use crate::framework::resource::Change;

fn found(id: &str, text: Option<&str>, hash: &str) -> secrets::ClientSecret {
    secrets::ClientSecret {
        id: id.into(),
        status: Status::Active,
        created: Some("2026-03-25T12:00:00.000Z".into()),
        last_updated: None,
        client_secret: text.map(Into::into),
        secret_hash: Some(hash.into()),
    }
}

fn state() -> ClientSecret {
    ClientSecret {
        id: "ocs1".into(),
        app_id: "0oa1".into(),
        status: ACTIVE.into(),
        omit_secret: false.into(),
        client_secret: Secret::from("text").into(),
        client_secret_hash: "hash".into(),
        ..ClientSecret::default()
    }
}

async fn planned(prior: Option<ClientSecret>, planned: ClientSecret) -> ClientSecret {
    let mut change = Change { prior, config: planned.clone(), planned, replace: Vec::new() };
    ClientSecretResource.plan(&Call::default(), None, &mut change).await.unwrap();
    change.planned
}

#[test]
fn a_hidden_text_is_the_known_one_of_the_same_secret_only() {
    let after = |found: secrets::ClientSecret| {
        let mut after = state();
        let known = known_text(&state(), &found);
        record(&mut after, found, known);
        after.client_secret
    };
    assert_eq!(after(found("ocs1", None, "hash")), Secret::from("text").into());
    assert_eq!(after(found("ocs1", None, "another")), Attr::Null);
    assert_eq!(after(found("ocs1", Some("shown"), "another")), Secret::from("shown").into());
}

#[test]
fn an_omitted_secret_leaves_id_and_hash() {
    let mut omitted = ClientSecret { omit_secret: true.into(), ..state() };
    record(&mut omitted, found("ocs1", Some("shown"), "hash"), Attr::Null);
    assert_eq!((omitted.client_secret, omitted.client_secret_hash.text()), (Attr::Null, Some("hash")));
}

#[tokio::test]
async fn the_switch_is_planned_as_null_or_as_not_known_yet() {
    let omitted = ClientSecret { omit_secret: true.into(), ..state() };
    assert_eq!(planned(Some(state()), omitted.clone()).await.client_secret, Attr::Null);
    let bare = ClientSecret { client_secret: Attr::Null, ..omitted };
    assert_eq!(
        planned(Some(bare), ClientSecret { client_secret: Attr::Null, ..state() }).await.client_secret,
        Attr::Unknown
    );
    assert_eq!(planned(Some(state()), state()).await, state());
}

#[tokio::test]
async fn a_change_of_status_moves_the_time_of_the_last_change() {
    let inactive = ClientSecret { status: INACTIVE.into(), ..state() };
    assert_eq!(planned(Some(state()), inactive).await.last_updated, Attr::Unknown);
}

#[test]
fn a_deactivation_is_told_where_no_plan_shows_it() {
    let told = |before: &str, after: &str| {
        let call = Call::default();
        let with = |status: &str| ClientSecret { status: status.into(), ..state() };
        warn_of_deactivation(&call, &with(before), &with(after));
        format!("{call:?}").contains("deactivated outside")
    };
    assert!(told(ACTIVE, INACTIVE));
    assert!(!told(INACTIVE, INACTIVE) && !told(INACTIVE, ACTIVE) && !told(ACTIVE, ACTIVE));
}

#[tokio::test]
async fn only_an_app_and_a_secret_are_imported() {
    let call = Call::default();
    let import = |key| ClientSecretResource.import(&call, None, key);
    let id = |text: &str| ImportKey::Id(text.to_owned());
    let state = import(id("0oa1a2b3c4d5e6f7g8h9/ocs1a2b3c4d5e6f7g8h9")).await.unwrap();
    assert_eq!((state.app_id.text(), state.id.text()), (Some("0oa1a2b3c4d5e6f7g8h9"), Some("ocs1a2b3c4d5e6f7g8h9")));
    for wrong in ["", "0oa1a2b3c4d5e6f7g8h9", "0oa1a2b3c4d5e6f7g8h9/", "ocs1a2b3c4d5e6f7g8h9/0oa1a2b3c4d5e6f7g8h9"] {
        assert!(import(id(wrong)).await.is_err(), "{wrong}");
    }
    let identity = ClientSecretIdentity { app_id: "0oa1a2b3c4d5e6f7g8h9".into(), id: Attr::Null };
    let error = import(ImportKey::Identity(identity)).await.unwrap_err().into_iter().next().unwrap();
    assert_eq!(error.path, path!(ClientSecretIdentity.id));
}
