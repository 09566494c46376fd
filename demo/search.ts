/** Where a value was found, and in which form. */
export interface Find {
  readonly file: string;
  readonly form: "as it is" | "base64" | "hexadecimal";
}

/** What a search looked at. */
export interface Searched {
  readonly files: number;
  readonly bytes: number;
  readonly finds: readonly Find[];
}

/**
 * Searches every file below a folder for values: as they are, in base64 wherever they begin in a
 * group of three, and in hexadecimal of either case.
 */
export async function search(folder: string, values: readonly string[]): Promise<Searched> {
  const forms = values.flatMap(formsOf);
  const finds: Find[] = [];
  let files = 0;
  let bytes = 0;
  for await (const file of filesBelow(folder)) {
    const content = await Deno.readFile(file);
    const text = new TextDecoder("latin1").decode(content);
    files++;
    bytes += content.length;
    for (const [form, needle] of forms) if (text.includes(needle)) finds.push({ file, form });
  }
  return { files, bytes, finds };
}

function formsOf(value: string): (readonly [Find["form"], string])[] {
  const bytes = new TextEncoder().encode(value);
  // The characters that depend on what stands before and after the value are left out.
  const base64 = [0, 1, 2].map((shift) => {
    const shifted = new Uint8Array(shift + bytes.length);
    shifted.set(bytes, shift);
    const whole = shifted.subarray(0, shifted.length - shifted.length % 3);
    return whole.toBase64().slice(shift === 0 ? 0 : 4);
  });
  return [
    ["as it is", new TextDecoder("latin1").decode(bytes)],
    ...base64.map((text) => ["base64", text] as const),
    ["hexadecimal", bytes.toHex()],
    ["hexadecimal", bytes.toHex().toUpperCase()],
  ];
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(path);
    else if (entry.isFile) yield path;
  }
}
