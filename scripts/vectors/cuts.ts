/** How a file is cut on its way in is nobody's business: `cuts` are the bytes of each piece of every file, the last one over and over. */
import { type Clause, type Story, badlySigned, replaced } from "./story.ts";
import { BEFORE } from "./world.ts";

const CUTS: number[][] = [[1], [2, 3], [127, 1], [64], [1000, 1, 1, 1, 24], [1024]];

const STORIES: [name: string, about: string, tell: (story: Story) => Promise<void> | void][] = [
  ["good", "Everything is good, twice.", async (story) => {
    story.start();
    await story.next("Ok");
  }],
  ["white-space", "Blanks before the file and line feeds between its members.", (story) => {
    const { image } = story.world;
    const text = Buffer.from(image.files.get("timestamp.json") ?? []).toString();
    image.files.set("timestamp.json", Buffer.from(`   ${text.replaceAll(",", ",\n\t ")}`));
    story.comesTo("Ok");
  }],
  ["bad-signature", "One bit of the signature.", (story) => {
    const { files } = story.world.image;
    files.set("timestamp.json", badlySigned(files.get("timestamp.json")));
    story.comesTo("BadSignature");
  }],
  ["expired", "Director Targets expired one second ago.", async (story) => {
    story.world.director.targetsRole.expires = BEFORE;
    await story.published("Freeze");
  }],
  ["escaped-surrogate", "A lone surrogate, spelled as an escape that the cuts divide.", (story) => {
    const { files } = story.world.image;
    files.set("timestamp.json", replaced(files.get("timestamp.json"), '"_type":"', '"_type":"\\ud800'));
    story.comesTo("Utf8");
  }],
  ["duplicate", "A member twice.", (story) => {
    const { files } = story.world.image;
    files.set("timestamp.json", replaced(files.get("timestamp.json"), '"spec_version":', '"spec_version":"1.0.31","spec_version":'));
    story.comesTo("Duplicate");
  }],
  ["image-one-bit", "The image has one wrong bit.", (story) => {
    story.world.image.images.forEach((bytes, name, all) => all.set(name, bytes.map((byte, at) => (at === 7 ? byte ^ 1 : byte))));
    story.comesTo("HashMismatch");
  }],
  ["image-one-byte-more", "The image goes on after its length.", (story) => {
    story.world.image.images.forEach((bytes, name, all) => all.set(name, Buffer.concat([bytes, Buffer.from("x")])));
    story.comesTo("EndlessData");
  }],
];

export const cuts: Clause = {
  folder: "cuts",
  kind: "uptane-client",
  about: "The same files in pieces: the same verdict, whatever the cut",
  stories: STORIES.flatMap(([name, about, tell]) => CUTS.map((sizes): Clause["stories"][number] => [`${name}-${sizes.join("-")}`, about, async (story) => {
    story.cuts = sizes;
    await tell(story);
  }])),
};
