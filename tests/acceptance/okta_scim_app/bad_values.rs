//! Values that cannot be right are refused at their attribute.

use super::*;

#[test]
fn a_bad_value_is_pointed_at_before_anything_is_called() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let mark = scim.story.mock().journal().len();
    let right = format!("  scim_base_url = {:?}\n", scim.base_url);
    let at = |url: &str| format!("  scim_base_url = {url:?}\n  scim_token = \"t\"\n");
    let with = |more: &str| format!("{right}  scim_token = \"t\"\n{more}\n");
    let twice = "  push_groups = [{ source_group_id = \"00g00000000000000000\" }, \
                 { source_group_id = \"00g00000000000000000\", target_group_name = \"x\" }]";
    for (body, attribute, instead) in [
        (at("https://a_b.example/scim"), "scim_base_url", "underscore"),
        (at("http://acme.example/scim"), "scim_base_url", "https"),
        (at("https://acme.example/scim/Users"), "scim_base_url", "leave it out"),
        (format!("{right}  scim_token = \"t\\n\"\n"), "scim_token", "chomp"),
        (with("  label = \"\""), "label", "1 to 100"),
        (with("  app_name = \"\""), "app_name", "1 to 255"),
        (with("  user_name_template = \"\""), "user_name_template", "1 to 1024"),
        (with("  status = \"OFF\""), "status", "INACTIVE"),
        (with("  provisioning_mode = \"manual\""), "provisioning_mode", "console"),
        (with("  assigned_group_ids = [\"Engineering\"]"), "assigned_group_ids", "00g"),
        (with("  assigned_user_ids = [\"ada@acme.example\"]"), "assigned_user_ids", "00u"),
        (with("  push_groups = [{ source_group_id = \"Engineering\" }]"), "push_groups", "00g"),
        (with(twice), "push_groups", "once"),
    ] {
        scim.configure_bare(&body);
        let error = scim.story.validate_fails();
        assert!(error.points_at(attribute), "{attribute}: {error}");
        assert!(error.text().contains(instead), "{attribute}: {error}");
    }
    assert!(scim.story.mock().journal().since(mark).is_empty());
}

#[test]
fn a_connection_needs_its_url_and_its_token_unless_a_person_makes_it() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_bare(&format!("  scim_base_url = {:?}\n", scim.base_url));
    assert!(scim.story.validate_fails().text().contains("The SCIM token is missing"));
    scim.configure_bare("  scim_token = \"t\"\n");
    assert!(scim.story.validate_fails().text().contains("The SCIM base URL is missing"));
    scim.configure_bare("  provisioning_mode = \"console\"\n");
    scim.story.expect_valid();
}
