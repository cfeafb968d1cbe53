# The form APP_ID/SECRET_ID.
terraform import okta_client_secret.access 0oaq7ZtNhV3sKd9xW5d7/ocsq8FmT2cRw4YbN1K5d7
