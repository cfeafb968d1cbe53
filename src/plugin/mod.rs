//! Talks to the terraform process: negotiation, TLS, socket, logs, signals. Knows gRPC and no schemas.
