"""Prints what libraries make, a line of JSON each: the library, the URL, and the picture that it asks for."""

import json

from imgproxy import ImgProxy
from libthumbor import CryptoURL


def say(client: str, url: str, width: int, height: int, kind: str) -> None:
    print(json.dumps({"client": client, "url": url, "width": width, "height": height, "type": kind}))


crypto = CryptoURL(key="open sesame")
# 640 by 427.
rocket = "space/rocket.png"
for width, height, kind, options in [
    (300, 200, "png", {"width": 300, "height": 200}),
    (300, 200, "png", {"width": 300}),
    (200, 133, "png", {"width": 200, "height": 200, "fit_in": True}),
    (300, 200, "png", {"width": 200, "height": 200, "full_fit_in": True}),
    (200, 200, "png", {"width": 200, "height": 200, "smart": True, "flip": True}),
    (50, 100, "jpeg", {"width": 100, "height": 50, "filters": ["rotate(90)", "format(jpeg)"]}),
    (100, 50, "png", {"crop": ((1, 2), (201, 102)), "width": 100}),
]:
    say("libthumbor", "/thumbor" + crypto.generate(image_url=rocket, **options), width, height, kind)

say("imgproxy (PyPI)", "/imgproxy" + str(ImgProxy("local:///" + rocket, resizing_type="fill", width=300, height=300)), 300, 300, "png")
