//! The Okta client against a scripted server.
