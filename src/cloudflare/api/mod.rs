//! Typed client of the Cloudflare API. Knows HTTP and not Terraform.
