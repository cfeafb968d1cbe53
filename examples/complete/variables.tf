variable "okta_org_url" {
  description = "URL of the Okta org, without -admin: https://acme.okta.com"
  type        = string
}

variable "cloudflare_account_id" {
  description = "Id of the Cloudflare account whose Zero Trust organization people log in to."
  type        = string
}

variable "access_group_id" {
  description = "Id of the Okta group whose members may log in."
  type        = string
}

variable "push_group_id" {
  description = "Id of the Okta group that Access policies will name."
  type        = string
}

variable "push_group_name" {
  description = "Name of that group. Groups whose names begin with it are told to Cloudflare at login."
  type        = string
  default     = "Engineering"
}
