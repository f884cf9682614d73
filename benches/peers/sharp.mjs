// The least server that a Node program with sharp can be, and the maker of what `benches/peers.py` needs besides the
// shipped images: `node sharp.mjs serve FOLDER PORT` or `node sharp.mjs make IMAGES FOLDER`.
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import sharp from 'sharp';

const [verb, ...words] = process.argv.slice(2);
// Else it remembers what it did, and no request after the first is real work.
sharp.cache(false);

function serve(folder, port) {
  createServer(async (request, response) => {
    try {
      const url = new URL(request.url, 'http://localhost');
      const file = join(folder, normalize(decodeURIComponent(url.pathname)));
      const [size, format] = ['size', 'format'].map((name) => url.searchParams.get(name));
      const quality = url.searchParams.get('quality');
      const options = quality ? { quality: Number(quality) } : {};
      if (url.searchParams.has('effort')) options.effort = Number(url.searchParams.get('effort'));
      const animated = url.searchParams.has('animated');
      const picture = sharp(file, { animated }).autoOrient();
      picture.resize({ width: Number(size), height: Number(size), fit: 'inside', withoutEnlargement: true });
      const bytes = await picture.toFormat(format, options).toBuffer();
      response.writeHead(200, { 'content-type': `image/${format}`, 'content-length': bytes.length });
      response.end(bytes);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }).listen(Number(port), '127.0.0.1');
}

async function make(images, folder) {
  const photo = () => sharp(join(images, 'nature/dandelion.jpg')).rotate();
  const two = () => photo().resize(1732, 1155, { fit: 'cover' });
  const jpeg = { quality: 90 };
  await Promise.all([
    photo().jpeg(jpeg).toFile(join(folder, '12mp.jpg')),
    photo().jpeg({ ...jpeg, progressive: true }).toFile(join(folder, '12mp-progressive.jpg')),
    photo().resize(6000, 4000, { fit: 'cover' }).jpeg(jpeg).toFile(join(folder, '24mp.jpg')),
    two().jpeg(jpeg).toFile(join(folder, '2mp.jpg')),
    two().webp({ quality: 85 }).toFile(join(folder, '2mp.webp')),
    two().avif({ quality: 70, effort: 1 }).toFile(join(folder, '2mp.avif')),
    photo().resize(1600, 1200).png().toFile(join(folder, 'photo.png')),
    sharp(join(images, 'icons/monkey.svg'), { density: 1200 })
      .resize(1600, 1200, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
      .png().toFile(join(folder, 'alpha.png')),
    sharp(join(images, 'animals/cat-zoom.gif'), { animated: true }).toFile(join(folder, 'animation.gif')),
  ]);
}

// A whole decode, resized with Lanczos: what both renditions are compared with.
async function refer(folder, name, size, target) {
  const picture = sharp(join(folder, name)).autoOrient();
  await picture.resize({ width: Number(size), height: Number(size), fit: 'inside', fastShrinkOnLoad: false }).png().toFile(target);
}

await { serve, make, refer }[verb](...words);
