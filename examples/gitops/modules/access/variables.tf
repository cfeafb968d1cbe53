variable "okta_org_url" {
  description = "URL of the Okta org, without -admin: https://acme.okta.com"
  type        = string
}

variable "name" {
  description = "What people see on the login page, and the beginning of the apps' names."
  type        = string
  default     = "Okta"
}

variable "people_group" {
  description = "Name of the Okta group whose members may log in."
  type        = string
}

variable "pushed_groups" {
  description = "Names of the Okta groups that Access policies name. They are pushed over SCIM and told at login."
  type        = set(string)
}

variable "client_secret_rotation" {
  description = "Any text. Another one rotates the client secret, and no login fails meanwhile."
  type        = string
  default     = "1"
}

variable "scim_token_rotation" {
  description = "Any text. Another one mints another SCIM secret and installs it in Okta."
  type        = string
  default     = "1"
}
