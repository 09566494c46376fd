# Compares what a case expects with what a host has.
{ lib }:
let
  check = say: ok: { __check = { inherit say ok; }; };
  isCheck = value: lib.isAttrs value && value ? __check;

  show =
    value:
    builtins.unsafeDiscardStringContext (
      lib.generators.toPretty { allowPrettyValues = true; } (
        if lib.isDerivation value then "derivation ${value.name}" else value
      )
    );
  shown =
    value:
    let
      shallow = if lib.isAttrs value && !lib.isDerivation value then lib.attrNames value else value;
      attempt = builtins.tryEval (show shallow);
    in
    if attempt.success then attempt.value else "what cannot be evaluated";

  compare =
    at: expected: actual:
    if isCheck expected then
      lib.optional (!expected.__check.ok actual) {
        inherit at;
        expected = expected.__check.say;
        actual = shown actual;
      }
    else if lib.isAttrs expected && !lib.isDerivation expected && lib.isAttrs actual then
      lib.concatLists (
        lib.mapAttrsToList (
          name: value:
          let
            place = at ++ [ name ];
          in
          if isCheck value && value.__check ? absent then
            lib.optional (actual ? ${name}) {
              at = place;
              expected = "nothing of that name";
              actual = shown actual.${name};
            }
          else if actual ? ${name} then
            compare place value actual.${name}
          else
            [
              {
                at = place;
                expected = if isCheck value then value.__check.say else shown value;
                actual = "nothing of that name";
              }
            ]
        ) expected
      )
    else
      lib.optional (expected != actual) {
        inherit at;
        expected = shown expected;
        actual = shown actual;
      };
in
{
  # What of `expected` is not in `actual`; names that `expected` does not have are not looked at.
  differences =
    expected: actual:
    map (each: each // { at = lib.concatStringsSep "." each.at; }) (compare [ ] expected actual);

  helpers = {
    # There is nothing of that name.
    absent.__check = {
      absent = true;
      say = "nothing of that name";
      ok = _: false;
    };
    # An attribute set with these names and no others.
    names =
      expected:
      check "the names ${shown (lib.naturalSort expected)}" (
        actual: lib.sort (a: b: a < b) expected == lib.attrNames actual
      );
    # An attribute set, or a list, that is just this.
    exactly = expected: check "exactly ${shown expected}" (actual: expected == actual);
    # A list that has all of these.
    has =
      expected:
      check "a list with ${shown expected}" (actual: lib.all (each: lib.elem each actual) expected);
    # A list, or a text, without this.
    lacks =
      unwanted:
      check "nothing with ${shown unwanted}" (
        actual: if lib.isString actual then !(lib.hasInfix unwanted actual) else !(lib.elem unwanted actual)
      );
    # A text with this in it.
    contains =
      expected: check "a text with ${shown expected}" (actual: lib.hasInfix expected (toString actual));
    # A derivation, or a path in one, of that name.
    built =
      expected: check "something built as ${expected}" (actual: lib.hasInfix "-${expected}" "${actual}");
    # Whatever satisfies a function.
    that = check;
  };
}
