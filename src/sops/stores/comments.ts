import { Comment } from "../tree.ts";

/**
 * A comment at the end of a line. It stands before the entry whose value it follows; SOPS writes
 * it behind that value again. Whoever replaces the text of a comment keeps its class: `withText`.
 *
 * @see getsops/sops sops.go, Comment.Inline
 */
export class InlineComment extends Comment {
  readonly inline = true;
}

/** The same kind of comment with another text, as encrypting and decrypting need it. */
export function withText(comment: Comment, text: string): Comment {
  return comment instanceof InlineComment ? new InlineComment(text) : new Comment(text);
}
