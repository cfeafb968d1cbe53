# What a plan has to fulfil before it is applied: the JSON of `terraform show -json` goes in, messages come out.
#
#   opa eval --data policy --input plan.json data.terraform.access.deny
#
# Each message names the address and what to do. An attribute that is known only after the apply is no reason to refuse
# a status, and is one to refuse a switch or a secret.
package terraform.access

import rego.v1

# What there will be after the apply.
planned contains change if {
	some change in input.resource_changes
	change.mode == "managed"
	change.change.after != null
}

of_type(type) := {change | some change in planned; change.type == type}

# 1. The secrets that the services hold fit together, or this plan repairs them.

bad_status := {
	"rejected_by_okta": "Okta does not accept it: somebody rotated, deactivated or deleted it there. Point managed_client_secret at a secret that is active (another client_secret_rotation makes one), or supply the new one.",
	"changed_outside": "somebody changed it by hand, and this plan does not repair that. Name the secret in the configuration (managed_client_secret), or change rotation_trigger for a new SCIM secret.",
}

deny contains message if {
	some change in planned
	some attribute in {"client_secret_status", "secret_status"}
	status := change.change.after[attribute]
	message := sprintf("%s: %s is %s: %s", [change.address, attribute, status, bad_status[status]])
}

# 2. PKCE is on at both ends.

deny contains message if {
	some change in of_type("okta_oidc_app")
	not change.change.after.pkce_required == true
	message := sprintf("%s: PKCE is off in Okta. Set pkce_required = true.", [change.address])
}

deny contains message if {
	some change in of_type("zt_okta_idp")
	not change.change.after.pkce_enabled == true
	message := sprintf("%s: PKCE is off in Cloudflare. Set pkce_enabled = true.", [change.address])
}

# 3. SCIM is on: whoever leaves loses the account and the seat.

deny contains message if {
	some change in of_type("zt_okta_idp")
	module := object.get(change, "module_address", "")
	every config in of_type("zt_scim_config") {
		object.get(config, "module_address", "") != module
	}
	message := sprintf("%s: no zt_scim_config beside it, so people who leave keep their accounts. Add one.", [change.address])
}

deny contains message if {
	some change in of_type("zt_scim_config")
	some switch in {"enabled", "user_deprovision"}
	not change.change.after[switch] == true
	message := sprintf("%s: %s is off, so people who leave keep their accounts. Set %s = true.", [change.address, switch, switch])
}

# 4. No secret is stored: plan and state hold it in clear, whatever a console masks.

stored := {
	"okta_oidc_app": {"client_secret": "Set omit_secret = true and use managed_client_secret."},
	"okta_client_secret": {"client_secret": "Set omit_secret = true and use managed_client_secret."},
	"zt_okta_idp": {
		"client_secret": "Use managed_client_secret, or client_secret_wo.",
		"api_token": "Use api_token_wo.",
	},
	"zt_scim_config": {"secret": "Set omit_secret = true and use managed_token of okta_scim_app."},
	"okta_scim_app": {"scim_token": "Use managed_token, or scim_token_wo."},
}

holds(change, attribute) if change.after[attribute] != null

holds(change, attribute) if change.after_unknown[attribute] == true

deny contains message if {
	some change in planned
	some attribute, remedy in stored[change.type]
	holds(change.change, attribute)
	message := sprintf("%s: %s would be stored in plan and state. %s", [change.address, attribute, remedy])
}

# 5. No secret is written down in the configuration.

secrets := {
	"access_token", "api_key", "api_token", "api_token_wo", "client_secret", "client_secret_wo", "private_key",
	"scim_token", "scim_token_wo",
}

deny contains message if {
	some name, provider in input.configuration.provider_config
	some side in {"cloudflare", "okta"}
	some attribute in secrets
	object.get(provider.expressions[side].constant_value, attribute, null) != null
	message := sprintf(
		"provider.%s: %s.%s is written down in the configuration. Revoke it, and take it from the environment.",
		[name, side, attribute],
	)
}

deny contains message if {
	some place in modules
	some resource in place.module.resources
	some attribute in secrets
	object.get(resource.expressions, [attribute, "constant_value"], null) != null
	message := sprintf(
		"%s%s: %s is written down in the configuration. Revoke it, and take it from a variable or a vault.",
		[place.prefix, resource.address, attribute],
	)
}

# Every module of the configuration, with the beginning of its addresses.
modules contains {"module": input.configuration.root_module, "prefix": ""}

modules contains {"module": module, "prefix": prefix} if {
	walk(input.configuration.root_module, [path, module])
	path[count(path) - 1] == "module"
	path[count(path) - 3] == "module_calls"
	calls := [path[i + 1] | some i, step in path; step == "module_calls"]
	prefix := concat("", [sprintf("module.%s.", [call]) | some call in calls])
}
