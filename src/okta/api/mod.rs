//! Typed client of the Okta management API. Knows HTTP and not Terraform.
