# The sops-nix that a platform's `default` module brings. A host that imports sops-nix from elsewhere
# as well cannot be evaluated; this makes Nix say whence this one comes, and what to import instead.
# From the same source, it is imported once.
{ lib, output }:
let
  where = "sops-nix, which credsmith's ${output}.default brings; a host that imports sops-nix itself takes ${output}.credsmith in its place";

  named =
    module:
    if !builtins.isPath module then
      module
    else
      let
        content = import module;
        change =
          attributes:
          attributes
          // {
            # What the module system takes for a module that is imported by its path.
            key = toString module;
            _file = where;
          }
          // lib.optionalAttrs (attributes ? imports) { imports = map named attributes.imports; };
      in
      if lib.isFunction content then
        lib.setFunctionArgs (arguments: change (content arguments)) (lib.functionArgs content)
      else
        change content;
in
named
