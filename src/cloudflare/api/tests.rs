//! The Cloudflare client against a scripted server.
