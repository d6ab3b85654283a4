import assert from "node:assert/strict";
import { type Partition, partitionById } from "../../src/aws/partition.ts";
import { parseRegion, regionMismatch } from "../../src/aws/region.ts";

const partition = (id: string): Partition => {
  const found = partitionById(id);
  assert.ok(found);
  return found;
};

Deno.test("parseRegion: names of regions pass, also of those that nobody knows yet", () => {
  for (
    const region of [
      "eu-west-1",
      "us-gov-west-1",
      "eusc-de-east-1",
      "cn-northwest-1",
      "us-isob-east-1",
      "ap-southeast-17",
      "mars-north-1",
    ]
  ) assert.equal(parseRegion(region), region);
});

Deno.test("parseRegion: what could change the host name is refused", () => {
  for (
    const region of [
      "",
      "eu-west",
      "EU-WEST-1",
      "eu-west-1a",
      "eu-west-1\n",
      " eu-west-1",
      "eu_west_1",
      "eu-west-1.evil.example",
      "evil.example/eu-west-1",
      "eu-west-1@evil.example",
      "evil.example#-1",
      "x".repeat(300) + "-y-1",
      "aws-global",
    ]
  ) {
    assert.throws(() => parseRegion(region), {
      message: "not a region; expected a name like us-east-1",
    });
  }
});

Deno.test("regionMismatch: another partition's region is named, with what would do", () => {
  assert.equal(regionMismatch("eu-west-1", partition("aws")), undefined);
  assert.equal(regionMismatch("mars-north-1", partition("aws-cn")), undefined);
  assert.equal(
    regionMismatch("us-east-1", partition("aws-us-gov")),
    "region us-east-1 is in partition aws, but the role is in aws-us-gov (with regions such as " +
      "us-gov-west-1, us-gov-east-1)",
  );
  assert.match(regionMismatch("us-gov-west-1", partition("aws")) ?? "", /in partition aws-us-gov/);
});
