/**
 * A variable that is set for programs which may start us again: a `sops` that is an alias of ours, an
 * AWS profile that has its keys from `credsmith credential-process`. There we ask no other program
 * for keys, or each would ask the next without end.
 */
export const nestedMark = "CREDSMITH_HANDED_OVER";
