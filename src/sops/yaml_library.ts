/*
 * The YAML library for whoever loads it late. It is CommonJS: imported late by itself, it has no
 * names of its own any more once the program is bundled.
 */
export { isAlias, isMap, isScalar, isSeq, parseAllDocuments, parseDocument, visit } from "yaml";
