import assert from "node:assert/strict";
import {
  parseRegion,
  type Partition,
  partitionById,
  partitionOfRegion,
  PARTITIONS,
  regionMismatch,
} from "../../src/aws/partition.ts";

Deno.test("PARTITIONS: every default region and every example is of its own partition alone", () => {
  for (const partition of PARTITIONS) {
    assert.equal(partitionById(partition.id), partition);
    for (const region of [partition.defaultRegion, ...partition.examples]) {
      assert.deepEqual(
        PARTITIONS.filter((each) => each.regions.test(region)).map((each) => each.id),
        [partition.id],
        region,
      );
    }
  }
});

Deno.test("partitionOfRegion: every region that AWS has", () => {
  const regions = {
    "aws":
      "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 " +
      "ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 " +
      "ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 " +
      "eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 " +
      "mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2",
    "aws-cn": "cn-north-1 cn-northwest-1",
    "aws-us-gov": "us-gov-east-1 us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1 us-iso-west-1",
    "aws-iso-b": "us-isob-east-1 us-isob-west-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-east-1 us-isof-south-1",
  };
  for (const [id, names] of Object.entries(regions)) {
    for (const name of names.split(" ")) assert.equal(partitionOfRegion(name)?.id, id, name);
  }
  assert.equal(partitionOfRegion("mars-north-1"), undefined);
  assert.equal(partitionById("aws-mars"), undefined);
});

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
