// A module.
import a from 'a';

export const f = (x) => {
  return `{ ${x}`;
};

describe('things', () => {
  it("works", () => {});
});
