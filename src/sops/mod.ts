/** The SOPS format: reading, changing and writing secrets files. No I/O, no clock. */
export * from "./errors.ts";
export * from "./secret.ts";
export * from "./tree.ts";
export {
  emitPlain,
  emitValue,
  type Leaf,
  newDocument,
  type NewDocumentOptions,
  OpenDocument,
  parseDocument,
  plainParse,
  SealedDocument,
  type SealOptions,
} from "./document.ts";
export {
  checkRecipient,
  generateIdentity,
  type Identity,
  parseIdentities,
  recipientKind,
  recipientOf,
  type UnsupportedIdentity,
  type X25519Identity,
} from "./keys/identity.ts";
export { unwrapDataKey, wrapDataKey } from "./keys/age.ts";
export {
  type AgeKey,
  type KeyGroup,
  type KeyService,
  type MasterKey,
  type OtherKey,
} from "./keys/master_key.ts";
export { sshToAgeIdentity, sshToAgeRecipient } from "./keys/ssh.ts";
export {
  compareRecipients,
  formatVersion,
  type Metadata,
  type RecipientDifference,
} from "./metadata.ts";
export { parsePath } from "./paths.ts";
export { parseRules, type Rule, ruleFor, type Rules } from "./rules.ts";
export { defaultSelector, type Selector, type SelectorRule } from "./selectors.ts";
