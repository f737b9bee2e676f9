// Copies the two faces that pages are set in from node_modules to studio/static/vendor, with their
// licences and a stylesheet. The pages work without it: then the system's own faces are used.
import { copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const vendor = join(root, "studio", "static", "vendor");
const LATIN =
  "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329," +
  "U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD";

// The fallback is a system face stretched to the same measure, so that nothing moves when the
// real one arrives: the ratio of the mean widths, and the real ascent and descent in that scale.
const faces = [
  { name: "fraunces", family: "Fraunces", from: "@fontsource/fraunces/files/fraunces-latin-400-normal.woff2", weights: "400", local: ["Georgia", "Liberation Serif", "Times New Roman"], scale: 115.0, ascent: 85.0, descent: 22.2 },
  { name: "instrument-sans", family: "Instrument Sans", from: "@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2", weights: "400 700", local: ["Arial", "Liberation Sans", "Helvetica"], scale: 102.3, ascent: 94.8, descent: 24.4 },
];

const rules = ({ name, family, weights, local, scale, ascent, descent }) => `@font-face {
  font-family: "${family}"; font-style: normal; font-display: swap; font-weight: ${weights};
  src: url("${name}.woff2") format("woff2"); unicode-range: ${LATIN};
}
@font-face {
  font-family: "${family} Fallback"; src: ${local.map((face) => `local("${face}")`).join(", ")};
  size-adjust: ${scale}%; ascent-override: ${ascent}%; descent-override: ${descent}%; line-gap-override: 0%;
}
`;

await mkdir(vendor, { recursive: true });
for (const { name, from } of faces) {
  const file = join(root, "node_modules", from);
  await copyFile(file, join(vendor, `${name}.woff2`));
  await copyFile(join(dirname(file), "..", "LICENSE"), join(vendor, `${name}.LICENSE`));
}

// The stylesheet comes last and in one move: where it stands, all it names stands too.
const half = join(vendor, "fonts.css.part");
await writeFile(half, faces.map(rules).join(""));
await rename(half, join(vendor, "fonts.css"));
console.log("studio/static/vendor holds the faces.");
