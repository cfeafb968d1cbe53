//! Terraform's number: exact, of any size.
//!
//! Terraform computes with 512-bit floats and sends what a float64 cannot hold as a decimal string. A provider that
//! goes through `f64` turns a configured `0.1` into another number, so numbers stay decimal here from end to end.

use bigdecimal::{BigDecimal, ToPrimitive};
use std::{fmt, str::FromStr};

/// How many decimal digits a number may span, written out in full. Terraform's own numbers stay far below;
/// `1e999999999` would otherwise be a gigabyte of zeros.
const MAX_DIGITS: u64 = 4096;

/// An exact decimal number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(BigDecimal);

/// Text that is no number, or one too large to write out.
#[derive(Debug, thiserror::Error)]
#[error("not a number that can be written out in {MAX_DIGITS} digits")]
pub struct InvalidNumber;

impl Number {
    /// The number as a 64-bit integer, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.is_integer().then(|| self.0.to_i64()).flatten()
    }

    /// The number as a 64-bit float, if a float holds exactly this number.
    pub fn as_exact_f64(&self) -> Option<f64> {
        let float = self.0.to_f64().filter(|f| f.is_finite())?;
        (BigDecimal::try_from(float).ok()? == self.0).then_some(float)
    }

    /// The float that comes nearest.
    pub fn to_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::NAN)
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Self(n.into())
    }
}

impl From<u64> for Number {
    fn from(n: u64) -> Self {
        Self(n.into())
    }
}

impl TryFrom<f64> for Number {
    type Error = InvalidNumber;

    /// Exactly the value of the float; infinities and NaN are refused.
    fn try_from(f: f64) -> Result<Self, InvalidNumber> {
        BigDecimal::try_from(f).map(Self).map_err(|_| InvalidNumber)
    }
}

impl FromStr for Number {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        if text.len() as u64 > MAX_DIGITS {
            return Err(InvalidNumber);
        }
        let number = BigDecimal::from_str(text).map_err(|_| InvalidNumber)?;
        let (_, scale) = number.as_bigint_and_exponent();
        if scale.unsigned_abs().saturating_add(number.digits()) > MAX_DIGITS {
            return Err(InvalidNumber);
        }
        Ok(Self(number))
    }
}

impl fmt::Display for Number {
    /// Plain decimal notation, without exponent and without trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.normalized().to_plain_string())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn floats_are_exact_or_refused() {
        assert_eq!(number("0.5").as_exact_f64(), Some(0.5));
        assert_eq!(number("0.1").as_exact_f64(), None);
        assert_ne!(Number::try_from(0.1).unwrap(), number("0.1"));
        assert!(Number::try_from(f64::INFINITY).is_err());
        assert!(Number::try_from(f64::NAN).is_err());
    }

    #[test]
    fn integers() {
        assert_eq!(number("1.0").as_i64(), Some(1));
        assert_eq!(number("9223372036854775807").as_i64(), Some(i64::MAX));
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("1e30").to_string(), format!("1{}", "0".repeat(30)));
        assert_eq!(number("1e-7").to_string(), "0.0000001");
    }

    #[test]
    fn absurd_exponents_are_refused() {
        assert!("1e999999999".parse::<Number>().is_err());
        assert!("1e-999999999".parse::<Number>().is_err());
        assert!("twelve".parse::<Number>().is_err());
    }
}
