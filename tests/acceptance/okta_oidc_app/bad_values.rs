//! Values that cannot be right are refused at their attribute.

use super::*;

#[test]
fn a_bad_value_is_pointed_at_before_anything_is_called() {
    let oidc = Oidc::new();
    let claim = |kind: &str, filter: &str, value: &str| {
        format!("  groups_claim = {{\n    type = {kind:?}\n{filter}    value = {value:?}\n  }}\n")
    };
    let regex = "    filter_type = \"REGEX\"\n";
    for (more, attribute, instead) in [
        ("  label = \"\"\n".to_owned(), "label", "1 to 100"),
        ("  redirect_uris = []\n".to_owned(), "redirect_uris", "1 or more"),
        ("  redirect_uris = [\"/callback\"]\n".to_owned(), "redirect_uris", "Write an absolute URL"),
        ("  redirect_uris = [\"ftp://acme.example/\"]\n".to_owned(), "redirect_uris", "Write an absolute URL"),
        ("  post_logout_redirect_uris = [\"bye\"]\n".to_owned(), "post_logout_redirect_uris", "Write an absolute URL"),
        ("  grant_types = [\"code\"]\n".to_owned(), "grant_types", "authorization_code"),
        ("  grant_types = [\"refresh_token\"]\n  response_types = [\"code\"]\n".to_owned(), "grant_types", "Add"),
        ("  response_types = [\"nonsense\"]\n".to_owned(), "response_types", "id_token"),
        ("  token_endpoint_auth_method = \"none\"\n".to_owned(), "token_endpoint_auth_method", "client_secret_post"),
        ("  consent_method = \"ALWAYS\"\n".to_owned(), "consent_method", "REQUIRED"),
        ("  issuer_mode = \"ORG\"\n".to_owned(), "issuer_mode", "ORG_URL"),
        ("  status = \"active\"\n".to_owned(), "status", "ACTIVE"),
        ("  authentication_policy = \"Any two factors\"\n".to_owned(), "authentication_policy", "rst"),
        ("  assigned_group_ids = [\"Engineering\"]\n".to_owned(), "assigned_group_ids", "00g"),
        ("  assigned_user_ids = [\"ada@acme.example\"]\n".to_owned(), "assigned_user_ids", "00u"),
        (claim("FILTER", regex, "access-("), "groups_claim", "STARTS_WITH"),
        (claim("EXPRESSION", regex, "x"), "groups_claim", "Remove filter_type"),
        (claim("FILTER", "", "x"), "groups_claim", "Add filter_type"),
    ] {
        oidc.configure(&more);
        let error = oidc.story.validate_fails();
        assert!(error.points_at(attribute), "{attribute}: {error}");
        assert!(error.text().contains(instead), "{attribute}: {error}");
    }
    assert!(oidc.story.mock().journal().is_empty());
}
