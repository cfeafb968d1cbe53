//! What of Terraform the provider offers, and the tests that show it.

use std::fs;
use std::path::Path;

/// Each part, and tests of it by their files below `tests/`.
const SURFACE: &[(&str, &[&str])] = &[
    (
        "import by id, of this provider and of the official ones",
        &[
            "acceptance/existing/identity.rs an_import_of_what_is_configured_plans_what_the_service_does_not_tell_and_nothing_else",
            "acceptance/existing/generated.rs a_configuration_generated_from_ids_is_valid_and_changes_nothing",
        ],
    ),
    (
        "import by identity",
        &[
            "acceptance/existing/identity.rs every_object_is_identified_by_what_never_changes",
            "acceptance/existing/identity.rs what_cannot_identify_an_object_is_refused",
        ],
    ),
    (
        "secrets stay unmanaged after an import until the first one, which is one push",
        &["acceptance/zt_okta_idp/secrets.rs an_imported_login_method_is_unmanaged_until_its_first_secret"],
    ),
    (
        "generated configuration",
        &[
            "acceptance/existing/generated.rs a_configuration_generated_from_identities_is_valid_and_changes_nothing",
            "acceptance/existing/generated.rs what_no_configuration_may_ask_for_is_left_out_of_a_generated_one",
        ],
    ),
    (
        "list resources",
        &[
            "acceptance/existing/query.rs login_methods_are_found_by_name_org_and_scim",
            "acceptance/existing/query.rs apps_are_found_by_label_status_and_group",
            "acceptance/existing/query.rs no_more_is_read_than_is_asked_for",
            "acceptance/existing/query.rs what_a_query_finds_is_imported_by_the_configuration_it_generates",
        ],
    ),
    (
        "moved from Cloudflare's provider",
        &[
            "acceptance/existing/moved/cloudflare.rs a_state_of_version_5_moves_with_its_secret_and_changes_nothing",
            "acceptance/existing/moved/cloudflare.rs a_state_of_version_4_moves_without_its_asterisks_and_the_first_secret_is_one_push",
            "acceptance/existing/moved/cloudflare.rs an_org_without_a_scheme_is_the_same_org",
            "acceptance/existing/moved/cloudflare.rs the_other_half_can_be_what_moves_and_keeps_the_scim_secret",
        ],
    ),
    (
        "moved from Okta's provider",
        &[
            "acceptance/existing/moved/okta.rs an_oauth_app_moves_with_its_secret_and_changes_nothing",
            "acceptance/existing/moved/okta.rs a_saml_app_of_the_catalogues_scim_app_moves_and_gains_what_the_old_type_could_not_hold",
        ],
    ),
    (
        "data sources",
        &[
            "acceptance/zt_organization.rs it_knows_the_domain_and_the_callback_url",
            "acceptance/data_sources/okta_app.rs apps_of_either_kind_are_found_without_a_secret",
            "acceptance/data_sources/okta_group.rs it_is_found_by_name_and_by_id",
            "acceptance/data_sources/okta_user.rs a_person_is_found_by_login_and_by_id",
            "acceptance/data_sources/okta_provisioning_log.rs it_shows_what_was_sent_and_what_failed",
            "acceptance/data_sources/zt_okta_idp.rs it_is_found_by_name_and_by_id_without_a_secret",
            "acceptance/data_sources/zt_scim.rs what_okta_sent_is_what_cloudflare_received",
        ],
    ),
    (
        "zt_handshake: exit code 0, and the failed check in the JSON of the plan",
        &[
            "acceptance/zt_handshake/whole.rs all_checks_pass_on_the_complete_example_and_nothing_is_written",
            "acceptance/zt_handshake/whole.rs a_failed_check_is_a_warning_in_an_empty_plan_and_is_told_in_its_json",
        ],
    ),
    (
        "action",
        &[
            "acceptance/zt_test_handshake.rs it_tells_every_check_and_succeeds_where_all_is_well",
            "acceptance/zt_test_handshake.rs it_fails_with_the_check_and_the_remedy",
        ],
    ),
    (
        "functions",
        &[
            "acceptance/functions.rs the_issuer_is_the_one_that_okta_names",
            "acceptance/functions.rs a_fingerprint_is_the_hash_of_okta_and_stays_marked",
            "acceptance/zt_organization.rs the_function_computes_what_the_data_source_reads",
        ],
    ),
    (
        "state upgrade",
        &[
            "framework/lifecycle.rs states_of_older_versions_are_upgraded_and_unknown_attributes_dropped",
            "framework/lifecycle.rs an_upgraded_state_is_read_and_plans_nothing",
        ],
    ),
    (
        "timeouts",
        &[
            "acceptance/timeouts.rs a_create_that_takes_too_long_loses_nothing",
            "acceptance/timeouts.rs every_resource_keeps_them",
        ],
    ),
    (
        "ephemeral resource",
        &["acceptance/okta_client_secret/ephemeral.rs it_opens_in_every_plan_and_is_stored_nowhere"],
    ),
    (
        "GitOps",
        &[
            "acceptance/gitops/workflows.rs every_script_is_run_by_a_test",
            "acceptance/gitops/plan.rs a_plan_with_read_only_credentials_is_calm_and_sees_no_secret",
            "acceptance/gitops/drift.rs a_check_that_fails_is_2_although_the_plan_is_empty",
            "acceptance/gitops/policy.rs the_example_passes_before_and_after_its_first_apply",
            "acceptance/gitops/plan.rs the_module_is_tested_without_a_tenant",
        ],
    ),
    (
        "releases",
        &[
            "acceptance/release.rs terraform_init_installs_from_a_mirror_of_packed_archives",
            "acceptance/release.rs a_sealed_release_has_the_files_of_a_registry",
        ],
    ),
    (
        "documentation",
        &[
            "acceptance/schemas.rs every_kind_has_its_page_and_every_page_its_kind",
            "acceptance/guides.rs every_configuration_of_the_guides_is_valid_and_formatted",
            "acceptance/guides.rs the_guide_about_troubles_has_every_message",
        ],
    ),
];

#[test]
fn every_part_has_a_test_of_that_name() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (part, shown_by) in SURFACE {
        println!("{part}");
        for test in *shown_by {
            let (file, name) = test.split_once(' ').unwrap();
            let text = fs::read_to_string(tests.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("fn {name}()")), "{part}: no test {name} in {file}");
            println!("  {file}: {name}");
        }
    }
}
