//! What checking Terraform's signature costs, next to a hash.
//!
//! Terraform proves who it is with P-521, and the provider checks that once in each start. aws-lc has assembly for it, and
//! leaves it out of a library that is optimised for size unless told otherwise (`.cargo/config.toml`). A stripped program
//! does not show which one it got, but the time does: this program is built with the same library.

use std::hint::black_box;

use aws_lc_rs::digest::{SHA512, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};

use crate::samples::{Samples, timed};

/// How many bytes are hashed: about as many as take as long as the check.
const HASHED: usize = 256 << 10;

/// Milliseconds.
pub(crate) struct Signature {
    /// Checking one signature of P-521.
    pub(crate) check: Samples,
    /// SHA-512 of [`HASHED`] bytes, whose assembly every build has.
    pub(crate) hash: Samples,
}

/// Measures it `times` times, in turns.
pub(crate) fn measure(times: usize) -> Signature {
    let key = EcdsaKeyPair::generate(&ECDSA_P521_SHA512_ASN1_SIGNING).unwrap();
    let message = [7; 150];
    let signature = key.sign(&SystemRandom::new(), &message).unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P521_SHA512_ASN1, key.public_key().as_ref());
    let hashed = vec![7; HASHED];
    let mut found = Signature { check: Samples::default(), hash: Samples::default() };
    // The first round warms up.
    for round in 0..=times {
        let (checked, check) = timed(|| public.verify(&message, signature.as_ref()));
        checked.unwrap();
        let (_, hash) = timed(|| black_box(digest(&SHA512, black_box(&hashed))));
        if round > 0 {
            found.check.add(check);
            found.hash.add(hash);
        }
    }
    found
}

impl Signature {
    pub(crate) fn json(&self) -> Value {
        json!({"unit": "milliseconds", "check": self.check.json(), "hash": self.hash.json()})
    }
}
