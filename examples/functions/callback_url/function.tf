output "redirect_uri" {
  # A team name, its domain or its URL: https://acme.cloudflareaccess.com/cdn-cgi/access/callback
  value = provider::zt::callback_url("acme")
}
