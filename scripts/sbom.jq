# `cargo metadata` → a bill of materials in CycloneDX 1.5: what is compiled into the programs or runs in their build.
# https://cyclonedx.org/docs/1.5/json/

def purl: "pkg:cargo/\(.name)@\(.version)";

.resolve.root as $root
| INDEX(.packages[]; .id) as $packages
# What a package needs, development apart.
| (INDEX(.resolve.nodes[]; .id) | map_values([.deps[] | select(any(.dep_kinds[]; .kind != "dev")) | .pkg])) as $needs
| def closure: . as $seen | [$seen[], ($seen[] | $needs[.][])] | unique | if length == ($seen | length) then . else closure end;
  ([$root] | closure) as $ids
| {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      timestamp: (env.SOURCE_DATE_EPOCH | tonumber | todate),
      component: ($packages[$root] | {
        type: "application", "bom-ref": purl, name, version, description, purl: purl,
        licenses: [{expression: .license}]
      })
    },
    components: [
      $ids[] | select(. != $root) | $packages[.]
      | {type: "library", "bom-ref": purl, name, version, scope: "required", purl: purl}
        # Before it was SPDX, a slash stood for a choice.
        + (if .license then {licenses: [{expression: (.license | gsub(" */ *"; " OR "))}]} else {} end)
        + (if .repository then {externalReferences: [{type: "vcs", url: .repository}]} else {} end)
    ],
    dependencies: [$ids[] | {ref: ($packages[.] | purl), dependsOn: ([$needs[.][] | $packages[.] | purl] | unique)}]
  }
