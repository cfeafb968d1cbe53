//! Registry to Markdown: the pages under `docs/`, in the layout of the Terraform Registry.
//!
//! Everything on a page comes from the declarations that the provider itself runs on, and from the files under
//! `examples/`. Guides under `docs/guides/` are written by hand and left alone. The layout:
//! <https://developer.hashicorp.com/terraform/registry/providers/docs>.

mod attributes;

use crate::framework::{
    function::{Definition, Parameter},
    model::Model,
    provider::Provider,
    schema::Schema,
    types::Type,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where hand-written pages are.
const BY_HAND: &str = "guides";

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Path below `docs/`.
    pub path: PathBuf,
    /// Markdown.
    pub text: String,
}

/// What differs between the kinds of page.
struct Kind {
    /// Folder below `docs/` and `examples/`.
    folder: &'static str,
    /// What titles call it.
    noun: &'static str,
    /// The example's file name.
    example: &'static str,
}

const RESOURCE: Kind = Kind { folder: "resources", noun: "Resource", example: "resource.tf" };
const DATA_SOURCE: Kind = Kind { folder: "data-sources", noun: "Data Source", example: "data-source.tf" };
const EPHEMERAL: Kind =
    Kind { folder: "ephemeral-resources", noun: "Ephemeral Resource", example: "ephemeral-resource.tf" };
const LIST: Kind = Kind { folder: "list-resources", noun: "List Resource", example: "list-resource.tfquery.hcl" };
const ACTION: Kind = Kind { folder: "actions", noun: "Action", example: "action.tf" };
const FUNCTION: Kind = Kind { folder: "functions", noun: "Function", example: "function.tf" };

/// Writes pages about one provider.
struct Writer<'a> {
    /// The provider's short name, for titles.
    provider: &'a str,
    /// The folder `examples/`.
    examples: &'a Path,
}

/// All pages. A kind without its example is an error: a page that shows no use is of no use.
pub fn pages<P: Provider>(provider: &P, name: &str, examples: &Path) -> io::Result<Vec<Page>> {
    let writer = Writer { provider: name, examples };
    let mut pages = vec![writer.index(&P::Model::schema(0))?];
    for resource in provider.resources() {
        let imports = examples.join(RESOURCE.folder).join(resource.name());
        let mut page = writer.page(&RESOURCE, resource.name(), &resource.schema())?;
        page.text += &import_section(&imports, resource.identity_schema().as_ref())?;
        pages.push(page);
    }
    for item in provider.data_sources() {
        pages.push(writer.page(&DATA_SOURCE, item.name(), &item.schema())?);
    }
    for item in provider.ephemerals() {
        pages.push(writer.page(&EPHEMERAL, item.name(), &item.schema())?);
    }
    for item in provider.lists() {
        pages.push(writer.page(&LIST, item.name(), &item.schema())?);
    }
    for item in provider.actions() {
        pages.push(writer.page(&ACTION, item.name(), &item.schema())?);
    }
    for item in provider.functions() {
        pages.push(writer.function(item.name(), &item.definition())?);
    }
    Ok(pages)
}

/// Makes the folder `docs` hold exactly `pages` and the hand-written guides.
pub fn write(pages: &[Page], docs: &Path) -> io::Result<()> {
    for entry in fs::read_dir(docs).into_iter().flatten() {
        let entry = entry?;
        let generated = entry.file_name() != BY_HAND;
        match entry.file_type()?.is_dir() {
            true if generated => fs::remove_dir_all(entry.path())?,
            false if generated => fs::remove_file(entry.path())?,
            _ => {}
        }
    }
    for page in pages {
        let path = docs.join(&page.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, &page.text)?;
    }
    Ok(())
}

impl Writer<'_> {
    fn index(&self, schema: &Schema) -> io::Result<Page> {
        let example = read(&self.examples.join("provider/provider.tf"))?;
        let title = format!("Provider: {}", self.provider);
        let text = format!(
            "{}# {} Provider\n\n{}\n\n## Example Usage\n\n{}{}",
            front_matter(&title, &schema.doc),
            self.provider,
            schema.doc,
            fenced("terraform", &example),
            attributes::section(&schema.attributes),
        );
        Ok(Page { path: "index.md".into(), text })
    }

    fn page(&self, kind: &Kind, name: &str, schema: &Schema) -> io::Result<Page> {
        let example = read(&self.examples.join(kind.folder).join(name).join(kind.example))?;
        let title = format!("{name} {} - {}", kind.noun, self.provider);
        let text = format!(
            "{}# {name} ({})\n\n{}\n\n## Example Usage\n\n{}{}",
            front_matter(&title, &schema.doc),
            kind.noun,
            schema.doc,
            fenced("terraform", &example),
            attributes::section(&schema.attributes),
        );
        Ok(Page { path: self.path(kind, name), text })
    }

    fn function(&self, name: &str, definition: &Definition) -> io::Result<Page> {
        let example = read(&self.examples.join(FUNCTION.folder).join(name).join(FUNCTION.example))?;
        let title = format!("{name} function - {}", self.provider);
        let argument = |(i, p): (usize, &Parameter)| {
            let null = if p.allow_null { ", Nullable" } else { "" };
            format!("{}. `{}` ({}{null}) {}\n", i + 1, p.name, attributes::type_name(&p.ty), p.doc)
        };
        let mut text = format!(
            "{}# function: {name}\n\n{}\n\n## Example Usage\n\n{}## Signature\n\n{}## Arguments\n\n",
            front_matter(&title, definition.summary),
            definition.doc,
            fenced("terraform", &example),
            fenced("text", &signature(name, definition)),
        );
        text.extend(definition.parameters.iter().enumerate().map(argument));
        if let Some(variadic) = &definition.variadic {
            text += &format!(
                "\nAny number of further arguments: `{}` ({}) {}\n",
                variadic.name,
                attributes::type_name(&variadic.ty),
                variadic.doc
            );
        }
        Ok(Page { path: self.path(&FUNCTION, name), text })
    }

    /// The registry's layout wants the name without the provider's prefix, where it has that prefix.
    fn path(&self, kind: &Kind, name: &str) -> PathBuf {
        let short = name.strip_prefix(&format!("{}_", self.provider)).unwrap_or(name);
        Path::new(kind.folder).join(format!("{short}.md"))
    }
}

fn signature(name: &str, definition: &Definition) -> String {
    let parameter = |p: &Parameter| format!("{} {}", p.name, function_type(&p.ty));
    let mut parameters: Vec<String> = definition.parameters.iter().map(parameter).collect();
    parameters.extend(definition.variadic.iter().map(|p| format!("{} {}...", p.name, function_type(&p.ty))));
    format!("{name}({}) {}\n", parameters.join(", "), function_type(&definition.returns))
}

fn function_type(ty: &Type) -> String {
    attributes::type_name(ty).to_lowercase()
}

/// How objects that exist come under management, in every way that has an example.
fn import_section(folder: &Path, identity: Option<&Schema>) -> io::Result<String> {
    let command = read(&folder.join("import.sh"))?;
    let mut text = format!("## Import\n\nBy its id:\n\n{}", fenced("shell", &command));
    let block = folder.join("import-by-string-id.tf");
    if block.exists() {
        text += &format!(
            "In an [`import` block](https://developer.hashicorp.com/terraform/language/import) (Terraform 1.5 and \
             newer):\n\n{}",
            fenced("terraform", &read(&block)?)
        );
    }
    if let Some(identity) = identity {
        text += &format!(
            "By its identity (Terraform 1.12 and newer):\n\n{}### Identity Schema\n\n{}",
            fenced("terraform", &read(&folder.join("import-by-identity.tf"))?),
            attributes::groups(&identity.attributes, "####"),
        );
    }
    Ok(text)
}

fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn fenced(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n\n", text.trim_end())
}

/// The header that the registry reads. Its description is the first sentence of the text, as plain text.
fn front_matter(title: &str, doc: &str) -> String {
    let first = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let plain = first.replace('`', "").replace('"', "'");
    format!("---\npage_title: \"{title}\"\nsubcategory: \"\"\ndescription: |-\n  {plain}\n---\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_the_first_paragraph_in_plain_text() {
        let header = front_matter("T", "An `app`\nof \"X\".\n\nMore.");
        assert_eq!(header.lines().nth(4), Some("  An app of 'X'."));
    }

    #[test]
    fn signatures_name_types() {
        let definition = Definition {
            summary: "",
            doc: "",
            parameters: vec![Parameter::of::<String>("a", "")],
            variadic: Some(Parameter::of::<bool>("b", "")),
            returns: Type::list(Type::String),
        };
        assert_eq!(signature("f", &definition), "f(a string, b boolean...) list of string\n");
    }

    #[test]
    fn stale_pages_go_and_guides_stay() {
        let folder = tempfile::tempdir().unwrap();
        let docs = folder.path();
        fs::create_dir_all(docs.join("guides")).unwrap();
        fs::create_dir_all(docs.join("resources")).unwrap();
        fs::write(docs.join("guides/a.md"), "by hand").unwrap();
        fs::write(docs.join("resources/old.md"), "stale").unwrap();
        let page = Page { path: "resources/new.md".into(), text: "new".into() };
        write(&[page], docs).unwrap();
        assert!(docs.join("guides/a.md").exists());
        assert!(!docs.join("resources/old.md").exists());
        assert_eq!(fs::read_to_string(docs.join("resources/new.md")).unwrap(), "new");
    }
}
