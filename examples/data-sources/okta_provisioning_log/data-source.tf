data "okta_app" "scim" {
  provider = zt

  label = "Cloudflare Access SCIM"
}

data "okta_provisioning_log" "failures" {
  provider = zt

  app_id        = data.okta_app.scim.id
  failures_only = true
  limit         = 10
}

# Changes with every failure, so look at it in a configuration of its own.
output "failures" {
  value = [for event in data.okta_provisioning_log.failures.events : "${event.time} ${event.reason}"]
}
