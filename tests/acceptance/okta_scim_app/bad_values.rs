//! Values that cannot be right are refused at their attribute.

use super::*;

#[test]
fn bad_values_are_refused_at_their_attribute() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let base = scim.base_url.clone();
    for (body, attribute, word) in [
        (
            "  scim_base_url = \"https://a_b.example/scim\"\n  scim_token = \"t\"\n".to_owned(),
            "scim_base_url",
            "underscore",
        ),
        ("  scim_base_url = \"http://acme.example/scim\"\n  scim_token = \"t\"\n".into(), "scim_base_url", "https"),
        (
            "  scim_base_url = \"https://acme.example/scim/Users\"\n  scim_token = \"t\"\n".into(),
            "scim_base_url",
            "leave it out",
        ),
        (format!("  scim_base_url = {base:?}\n  scim_token = \"t\\n\"\n"), "scim_token", "chomp"),
        (format!("  scim_base_url = {base:?}\n  scim_token = \"t\"\n  status = \"OFF\"\n"), "status", "INACTIVE"),
        (
            format!("  scim_base_url = {base:?}\n  scim_token = \"t\"\n  provisioning_mode = \"manual\"\n"),
            "provisioning_mode",
            "console",
        ),
        (
            format!(
                "  scim_base_url = {base:?}\n  scim_token = \"t\"\n  push_groups = [{{ source_group_id = \"00g00000000000000000\" }}, {{ source_group_id = \"00g00000000000000000\", target_group_name = \"x\" }}]\n"
            ),
            "push_groups",
            "once",
        ),
    ] {
        scim.configure_bare(&body);
        let error = scim.story.validate_fails();
        assert!(error.points_at(attribute), "{error}");
        assert!(error.text().contains(word), "{error}");
    }
    scim.configure_bare(&format!("  scim_base_url = {base:?}\n"));
    assert!(scim.story.validate_fails().text().contains("The SCIM token is missing"));
    scim.configure_bare("  scim_token = \"t\"\n");
    assert!(scim.story.validate_fails().text().contains("The SCIM base URL is missing"));
    scim.configure_bare("  provisioning_mode = \"console\"\n");
    assert_eq!(scim.story.validate().len(), 0);
}
