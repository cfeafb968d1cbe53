//! The author's view of a provider function: a pure computation, called without configuration.

use super::{
    model::{Attr, Typed},
    path::Path,
    types::Type,
    value::Value,
};

/// One parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, for documentation and errors.
    pub name: &'static str,
    /// Markdown: what it is.
    pub doc: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether null is passed on; otherwise Terraform refuses it.
    pub allow_null: bool,
    /// Whether unknown values are passed on; otherwise Terraform makes the result unknown by itself.
    pub allow_unknown: bool,
}

impl Parameter {
    /// A parameter of the Terraform type of `T`, never null and never unknown.
    pub fn of<T: Typed>(name: &'static str, doc: &'static str) -> Self {
        Self { name, doc, ty: T::shape().ty(), allow_null: false, allow_unknown: false }
    }

    /// The same, null allowed.
    pub fn or_null(mut self) -> Self {
        self.allow_null = true;
        self
    }
}

/// A function's signature and documentation.
#[derive(Clone, Debug)]
pub struct Definition {
    /// One line: what it is for.
    pub summary: &'static str,
    /// Markdown: the rest.
    pub doc: &'static str,
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong and what to write instead.
    pub text: String,
    /// The argument it is about, counted from 0.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// An error about one argument.
    pub fn argument(index: usize, text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: Some(index) }
    }
}

/// The arguments of one call; those of a variadic parameter follow the others.
#[derive(Clone, Debug)]
pub struct Arguments(Vec<Value>);

impl Arguments {
    /// The arguments in order.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// The argument at `index`, null if there is none.
    pub fn get<T: Typed>(&self, index: usize) -> Result<Attr<T>, FunctionError> {
        let value = self.0.get(index).cloned().unwrap_or_default();
        Attr::decode(value, &Path::root()).map_err(|e| FunctionError::argument(index, e.detail))
    }

    /// The argument at `index`, which must be known.
    pub fn required<T: Typed>(&self, index: usize) -> Result<T, FunctionError> {
        self.get(index)?.into_known().ok_or_else(|| FunctionError::argument(index, "A value is needed here."))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A provider function. Terraform calls it while validating, planning and applying and holds it to one answer.
pub trait Function: Send + Sync + 'static {
    /// What it returns.
    type Output: Typed;
    /// The function's name in configurations.
    const NAME: &'static str;

    /// Signature and documentation; `returns` is filled in from [`Output`](Self::Output).
    fn definition(&self) -> Definition;

    /// Computes the result.
    fn call(&self, arguments: Arguments) -> Result<Self::Output, FunctionError>;
}

/// [`Function`] without its types; nobody implements it by hand.
#[allow(missing_docs)]
pub trait AnyFunction: Send + Sync {
    fn name(&self) -> &'static str;
    fn definition(&self) -> Definition;
    fn call(&self, arguments: Arguments) -> Result<Value, FunctionError>;
}

impl<F: Function> AnyFunction for F {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn definition(&self) -> Definition {
        Definition { returns: F::Output::shape().ty(), ..Function::definition(self) }
    }

    fn call(&self, arguments: Arguments) -> Result<Value, FunctionError> {
        Function::call(self, arguments).map(|output| output.encode())
    }
}
