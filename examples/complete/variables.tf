variable "okta_org_url" {
  description = "URL of the Okta org, without -admin: https://acme.okta.com"
  type        = string
}

variable "cloudflare_account_id" {
  description = "Id of the Cloudflare account whose Zero Trust organization people log in to."
  type        = string
}

variable "okta_groups" {
  description = "The Okta groups that may log in: name → id."
  type        = map(string)
}

variable "group_prefix" {
  description = "Groups whose names begin with this are told to Cloudflare at login."
  type        = string
  default     = "access-"
}
