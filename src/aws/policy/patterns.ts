/**
 * Whether a text with `*` and `?` covers another text, or every text of another pattern: a `*` of
 * the other is covered only by a `*`, and a `?` only by either.
 *
 * @param pattern what `escape` marks stands for itself
 */
export function covers(pattern: string, other: string): boolean {
  // Where a star was met last, and what it has covered so far.
  let [at, seen, star, covered] = [0, 0, -1, 0];
  while (seen < other.length) {
    const wanted = pattern[at];
    const given = other[seen]!;
    if (wanted === "*") {
      star = at++;
      covered = seen;
    } else if (wanted !== undefined && (wanted === given || wanted === "?") && given !== "*") {
      at++;
      seen++;
    } else if (star >= 0) {
      at = star + 1;
      seen = ++covered;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/** Whether some text fits both patterns. */
export function overlap(a: string, b: string): boolean {
  const known = new Map<number, boolean>();
  const visit = (i: number, j: number): boolean => {
    const name = i * (b.length + 1) + j;
    const before = known.get(name);
    if (before !== undefined) return before;
    known.set(name, false);
    const [left, right] = [a[i], b[j]];
    const found = left === undefined && right === undefined
      ? true
      : left === "*"
      ? visit(i + 1, j) || right !== undefined && visit(i, j + 1)
      : right === "*"
      ? visit(i, j + 1) || left !== undefined && visit(i + 1, j)
      : left !== undefined && right !== undefined &&
        (left === right || left === "?" || right === "?") && visit(i + 1, j + 1);
    known.set(name, found);
    return found;
  };
  return visit(0, 0);
}

/** An action's name says nothing by its capitals. */
export function actionCovers(pattern: string, action: string): boolean {
  return covers(pattern.toLowerCase(), action.toLowerCase());
}

/**
 * The six parts of an ARN; those that are missing are `*`, as IAM completes them.
 *
 * @see IAM User Guide, "IAM JSON policy elements: Resource"
 */
function partsOf(arn: string): readonly string[] {
  const parts = arn.split(":");
  const six = [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(":")] : [])];
  return [...six, ...Array(6 - six.length).fill("*")];
}

/** Whether an ARN's pattern covers an ARN, or all of another pattern; part by part. */
export function arnCovers(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  if (arn === "*") return false;
  const parts = partsOf(arn);
  return partsOf(pattern).every((part, index) => covers(part, parts[index]!));
}

/** Whether some ARN fits both patterns. */
export function arnsOverlap(a: string, b: string): boolean {
  if (a === "*" || b === "*") return true;
  const parts = partsOf(b);
  return partsOf(a).every((part, index) => overlap(part, parts[index]!));
}
