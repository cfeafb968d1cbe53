//! Functions: signatures and calls.

use super::{Inner, report};
use crate::framework::{
    diagnostic::{Diagnostic, Diagnostics},
    function::{Arguments, FunctionError},
    provider::Provider,
    wire,
};
use crate::proto::tfplugin6 as pb;

impl<P: Provider> Inner<P> {
    pub(super) async fn get_functions(&self, _: pb::get_functions::Request) -> pb::get_functions::Response {
        let functions = &self.registries.functions;
        let outcome = self
            .call("GetFunctions", "", async {
                let signatures =
                    functions.iter().map(|(name, entry)| (name.to_owned(), wire::function(&entry.item.definition())));
                Ok(signatures.collect())
            })
            .await;
        let (functions, diagnostics) = report(Diagnostics::new(), outcome);
        pb::get_functions::Response {
            functions: functions.unwrap_or_default(),
            diagnostics: wire::diagnostics(diagnostics),
        }
    }

    pub(super) async fn call_function(&self, request: pb::call_function::Request) -> pb::call_function::Response {
        let outcome = self
            .call("CallFunction", &request.name, async {
                let entry = self.registries.functions.get(&request.name)?;
                let definition = entry.item.definition();
                // Arguments of the variadic parameter follow the others.
                let types = definition
                    .parameters
                    .iter()
                    .map(|p| &p.ty)
                    .chain(definition.variadic.iter().flat_map(|p| std::iter::repeat(&p.ty)));
                let arguments = request
                    .arguments
                    .iter()
                    .zip(types)
                    .map(|(argument, ty)| wire::value(Some(argument), ty))
                    .collect::<Result<Vec<_>, Diagnostics>>()?;
                Ok(match entry.item.call(Arguments::new(arguments)) {
                    Ok(result) => Ok(wire::dynamic(&result, &definition.returns)?),
                    Err(error) => Err(error),
                })
            })
            .await;
        let error = match outcome {
            Ok(Ok(result)) => return pb::call_function::Response { result: Some(result), error: None },
            Ok(Err(error)) => error,
            Err(errors) => FunctionError { text: sentences(&errors), argument: None },
        };
        pb::call_function::Response { result: None, error: Some(wire::function_error(error)) }
    }
}

fn sentences(errors: &Diagnostics) -> String {
    let sentence = |d: &Diagnostic| format!("{}: {}", d.summary, d.detail);
    errors.iter().map(sentence).collect::<Vec<_>>().join("\n")
}
