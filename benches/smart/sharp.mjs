// Where sharp cuts: `node sharp.mjs STRATEGY SIZES FILES`, lists as JSON, in a folder whose node_modules has sharp. One line of
// JSON a picture: for each size left, top, width and height as shares of the upright picture.
import { createRequire } from 'node:module';

const sharp = createRequire(`${process.cwd()}/`)('sharp');
const [strategy, sizes, files] = process.argv.slice(2);
for (const file of JSON.parse(files)) {
  const { info: whole } = await sharp(file).autoOrient().toBuffer({ resolveWithObject: true });
  const windows = [];
  for (const [width, height] of JSON.parse(sizes)) {
    const options = { fit: 'cover', position: sharp.strategy[strategy] };
    const resized = sharp(file).autoOrient().resize(width, height, options);
    const { info } = await resized.toBuffer({ resolveWithObject: true });
    const scale = Math.max(width / whole.width, height / whole.height);
    const [across, down] = [scale * whole.width, scale * whole.height];
    windows.push([-(info.cropOffsetLeft ?? 0) / across, -(info.cropOffsetTop ?? 0) / down, width / across, height / down]);
  }
  console.log(JSON.stringify(windows));
}
