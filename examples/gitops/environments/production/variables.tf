variable "okta_org_url" {
  description = "URL of the Okta org."
  type        = string
}

variable "cloudflare_account_id" {
  description = "Id of the Cloudflare account."
  type        = string
}

variable "people_group" {
  description = "Name of the Okta group whose members may log in."
  type        = string
}

variable "pushed_groups" {
  description = "Names of the Okta groups that Access policies name."
  type        = set(string)
}

variable "client_secret_rotation" {
  description = "Another text rotates the client secret."
  type        = string
  default     = "1"
}

variable "scim_token_rotation" {
  description = "Another text rotates the SCIM secret."
  type        = string
  default     = "1"
}

variable "secret_checks" {
  description = "Whether to list client secrets, which reads them in clear. scripts/plan.sh sets it to never."
  type        = string
  default     = "always"
}
