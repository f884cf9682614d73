//! What means the same is one entry, whatever words it is asked for in: nothing is made twice.

use image::ImageFormat;

use crate::pictures::{quarters, written};
use crate::server::Place;

/// Native words, and others that mean the same.
const ALIKE: [(&str, &str); 98] = [
    ("/city.jpg?w=200", "/imaginary/resize?width=200&file=city.jpg"),
    ("/city.jpg?h=100", "/imaginary/resize?height=100&file=city.jpg"),
    ("/city.jpg?w=80&q=50", "/imaginary/resize?width=80&quality=50&file=city.jpg"),
    ("/city.jpg?w=80&progressive=1", "/imaginary/resize?width=80&interlace=true&file=city.jpg"),
    ("/city.jpg?w=70&bw=1", "/imaginary/resize?width=70&colorspace=bw&file=city.jpg"),
    ("/city.jpg?w=90&blur=2", "/imaginary/resize?width=90&sigma=2&file=city.jpg"),
    ("/city.jpg?w=91&format=webp&q=75", "/imaginary/resize?width=91&type=webp&file=city.jpg"),
    ("/city.jpg?w=150&h=100", "/imaginary/fit?width=150&height=100&file=city.jpg"),
    ("/city.jpg?w=120&h=120&fit=cover", "/imaginary/resize?width=120&height=120&nocrop=false&file=city.jpg"),
    ("/city.jpg?w=121&h=120&fit=cover", "/imaginary/crop?width=121&height=120&file=city.jpg"),
    ("/city.jpg?w=122&h=60&fit=cover&gravity=south", "/imaginary/crop?width=122&height=60&gravity=south&file=city.jpg"),
    ("/city.jpg?w=122&h=60&fit=cover&gravity=north", "/imaginary/crop?width=122&height=60&gravity=north&file=city.jpg"),
    ("/city.jpg?w=60&h=122&fit=cover&gravity=east", "/imaginary/crop?width=60&height=122&gravity=east&file=city.jpg"),
    ("/city.jpg?w=60&h=122&fit=cover&gravity=west", "/imaginary/crop?width=60&height=122&gravity=west&file=city.jpg"),
    ("/city.jpg?w=60&h=60&fit=cover&gravity=smart", "/imaginary/smartcrop?width=60&height=60&file=city.jpg"),
    ("/city.jpg?w=123&h=50&fit=stretch", "/imaginary/thumbnail?width=123&height=50&file=city.jpg"),
    ("/city.jpg?w=124&h=50&fit=stretch", "/imaginary/resize?width=124&height=50&force=true&file=city.jpg"),
    ("/city.jpg?w=700&h=700&fit=cover&enlarge=1", "/imaginary/enlarge?width=700&height=700&file=city.jpg"),
    ("/city.jpg?rect=6,5,111,77", "/imaginary/extract?top=5&left=6&areawidth=111&areaheight=77&file=city.jpg"),
    ("/city.jpg?rotate=90", "/imaginary/rotate?rotate=90&file=city.jpg"),
    ("/city.jpg?flop=1", "/imaginary/flip?file=city.jpg"),
    ("/city.jpg?flip=1", "/imaginary/flop?file=city.jpg"),
    ("/city.jpg?blur=4", "/imaginary/blur?sigma=4&file=city.jpg"),
    ("/city.jpg?format=webp&q=75", "/imaginary/convert?type=webp&file=city.jpg"),
    ("/logo.png?w=52&format=png8", "/imaginary/resize?width=52&type=png&palette=true&file=logo.png"),
    ("/logo.png?w=52&format=png8", "/imgproxy/_/w:52/pngo::1/plain/local:///logo.png"),
    ("/logo.png?w=52&format=png8", "/image/upload/c_limit,w_52,f_png,fl_png8/logo.png"),
    ("/city.jpg?w=92", "/imaginary/resize?width=92&palette=true&file=city.jpg"),
    ("/logo.png?w=50", "/imaginary/resize?width=50&file=logo.png"),
    ("/logo.png?w=51&format=jpeg&bg=ff0000", "/imaginary/resize?width=51&type=jpeg&background=255,0,0&file=logo.png"),
    (
        "/city.jpg?w=130&h=126&fit=cover&format=webp&q=75",
        "/imaginary/pipeline?file=city.jpg&operations=%5B%7B%22operation%22:%22crop%22,%22params%22:%7B%22width%22:130,\
         %22height%22:126%7D%7D,%7B%22operation%22:%22convert%22,%22params%22:%7B%22type%22:%22webp%22%7D%7D%5D",
    ),
    ("/city.jpg?w=200&q=95", "/img/display?path=city.jpg&op=resize&w=200"),
    ("/city.jpg?h=50&q=95", "/img/display/resize/x50/city.jpg"),
    ("/city.jpg?w=64&h=64&fit=stretch&q=95", "/img/display/resize/64x64/city.jpg"),
    ("/city.jpg?w=80&h=40&fit=cover&q=95", "/img/display/thumbnail/80x40/city.jpg"),
    ("/city.jpg?w=96&h=65&q=95", "/img/display/fit/96x65/city.jpg"),
    ("/city.jpg?w=65&q=40", "/img/display?path=city.jpg&op=resize&w=65&q=40"),
    ("/city.jpg?w=66&format=webp&q=95", "/img/display?path=city.jpg&op=resize&w=66&fmt=webp"),
    ("/city.jpg?flop=1&q=95", "/img/display?path=city.jpg&op=flip&pos=h"),
    ("/city.jpg?flip=1&q=95", "/img/display?path=city.jpg&op=flip&pos=v"),
    ("/city.jpg?rotate=270&q=95", "/img/display?path=city.jpg&op=rotate&deg=90"),
    ("/logo.png?w=60", "/img/display?path=logo.png&op=resize&w=60"),
    ("/logo.png?w=61&format=webp&q=95", "/img/display?path=logo.png&op=resize&w=61&fmt=webp"),
    ("/city.jpg?w=210&h=210&progressive=1&q=95", "/iaas/city_210_210.jpg"),
    ("/city.jpg?w=211&h=211&progressive=1&q=95", "/iaas/city_211_211.jpeg"),
    ("/city.jpg?w=210&h=100&fit=cover&progressive=1&q=95", "/iaas/city_105_50_2x.jpg?fit=crop"),
    ("/city.jpg?w=213&h=100&fit=outside&progressive=1&q=95", "/iaas/city_213_100.jpg?fit=cover"),
    ("/city.jpg?w=215&h=215&fit=pad&bg=ffffff&progressive=1&q=95", "/iaas/city_215_215.jpg?fit=canvas"),
    ("/city.jpg?w=215&h=215&progressive=1&q=40", "/iaas/city_215_215.jpg?quality=40"),
    ("/city.jpg?w=216&h=216&blur=7&progressive=1&q=95", "/iaas/city_216_216.jpg?blur=true"),
    ("/city.jpg?w=217&h=217&format=webp&q=95", "/iaas/city_217_217.webp"),
    ("/city.jpg?w=218&h=218&format=png", "/iaas/city_218_218.png"),
    ("/logo.png?w=62&h=62", "/iaas/logo_62_62.png"),
    ("/logo.png?w=63&h=63&format=webp", "/iaas/logo_63_63.webp"),
    ("/city.jpg?w=401&enlarge=1&q=80&progressive=1", "/thumbor/unsafe/401x/city.jpg"),
    ("/city.jpg?h=402&enlarge=1&q=80&progressive=1", "/thumbor/unsafe/0x402/city.jpg"),
    ("/city.jpg?w=403&h=100&fit=cover&q=80&progressive=1", "/thumbor/unsafe/403x100/city.jpg"),
    ("/city.jpg?w=404&h=100&fit=cover&gravity=top&q=80&progressive=1", "/thumbor/unsafe/404x100/top/city.jpg"),
    ("/city.jpg?w=100&h=405&fit=cover&gravity=left&q=80&progressive=1", "/thumbor/unsafe/100x405/left/city.jpg"),
    ("/city.jpg?w=106&h=106&fit=cover&gravity=smart&q=80&progressive=1", "/thumbor/unsafe/106x106/smart/city.jpg"),
    ("/city.jpg?w=407&h=407&q=80&progressive=1", "/thumbor/unsafe/fit-in/407x407/city.jpg"),
    ("/city.jpg?w=408&h=100&fit=outside&q=80&progressive=1", "/thumbor/unsafe/full-fit-in/408x100/city.jpg"),
    ("/city.jpg?w=409&h=100&q=80&progressive=1", "/thumbor/unsafe/adaptive-fit-in/100x409/city.jpg"),
    ("/city.jpg?w=410&h=100&fit=stretch&q=80&progressive=1", "/thumbor/unsafe/410x100/filters:stretch()/city.jpg"),
    (
        "/city.jpg?w=411&h=410&fit=pad&bg=0000ff&q=80&progressive=1",
        "/thumbor/unsafe/fit-in/411x410/filters:fill(blue)/city.jpg",
    ),
    ("/city.jpg?rect=20,30,200,100&q=80&progressive=1", "/thumbor/unsafe/20x30:220x130/city.jpg"),
    ("/city.jpg?w=412&h=100&fit=cover&flop=1&q=80&progressive=1", "/thumbor/unsafe/-412x100/city.jpg"),
    ("/city.jpg?w=413&bw=1&q=80&progressive=1&enlarge=1", "/thumbor/unsafe/413x/filters:grayscale()/city.jpg"),
    ("/city.jpg?w=414&blur=3&q=80&progressive=1&enlarge=1", "/thumbor/unsafe/414x/filters:blur(50,3)/city.jpg"),
    ("/city.jpg?w=415&format=webp&q=40", "/thumbor/unsafe/415x/filters:format(webp):quality(40)/city.jpg"),
    ("/city.jpg?rotate=-90&q=80&progressive=1", "/thumbor/unsafe/filters:rotate(90)/city.jpg"),
    (
        "/city.jpg?w=416&wm=logo.png&wm_size=20&wm_pos=10,20&q=80&progressive=1",
        "/thumbor/unsafe/416x/filters:watermark(logo.png,10,20,0,20)/city.jpg",
    ),
    ("/city.jpg?w=160&q=80&progressive=1&h=106&fit=stretch", "/thumbor/unsafe/filters:proportion(0.25)/city.jpg"),
    ("/logo.png?w=66&radius=9", "/thumbor/unsafe/66x/filters:round_corner(9,0,0,0,true)/logo.png"),
    ("/city.jpg?w=317&h=100&fit=cover&gravity=top&format=png", "/sb/city.jpg/m/317x100/top/filters:format(png)"),
    ("/city.jpg?w=301&q=60&format=auto", "/_next/image?url=%2Fcity.jpg&w=301&q=60"),
    ("/city.jpg?w=302&q=60&format=auto", "/_vercel/image?url=/city.jpg&w=302&q=60"),
    ("/city.jpg?w=303&q=60&format=auto", "/_amplify/image?url=/city.jpg&w=303&q=60"),
    (
        "/city.jpg?w=304&h=304&fit=cover&gravity=right",
        "/.netlify/images?url=/city.jpg&w=304&h=304&fit=cover&position=right&fm=jpg",
    ),
    ("/city.jpg?w=305&h=200&fit=stretch&q=50", "/_image?href=/city.jpg&w=305&h=200&fit=fill&q=mid"),
    ("/city.jpg?w=306&h=100&fit=outside", "/weserv/?url=/city.jpg&w=306&h=100&fit=outside"),
    (
        "/city.jpg?w=307&h=100&fit=cover&gravity=0.2x0.8",
        "/cdn-cgi/image/width=307,height=100,fit=crop,gravity=0.2x0.8/city.jpg",
    ),
    ("/city.jpg?w=308&rotate=90", "/_ipx/w_308&rotate_90/city.jpg"),
    ("/city.jpg?w=309&h=100&fit=cover&bw=1", "/image/upload/c_lfill,w_309,h_100/e_grayscale/city.jpg"),
    ("/city.jpg?rect=5,6,310,200", "/image/upload/c_crop,x_5,y_6,w_310,h_200/city"),
    ("/city.jpg?w=311&h=100", "/ik/tr:w-311,h-100,c-at_max/city.jpg"),
    ("/logo.png?w=64&h=64&fit=pad&bg=ff0000", "/ik/logo.png?tr=w-64,h-64,cm-pad_resize,bg-FF0000"),
    ("/logo.png?w=65&h=20&fit=cover&format=jpeg", "/engine/logo.png?imgeng=/w_65/h_20/m_cropbox/f_jpg"),
    ("/city.jpg?w=220&q=80", "/imgproxy/_/w:220/plain/local:///city.jpg"),
    ("/city.jpg?h=101&q=80", "/imgproxy/_/h:101/plain/local:///city.jpg"),
    ("/city.jpg?w=221&h=90&q=80", "/imgproxy/_/rs:fit:221:90/plain/local:///city.jpg"),
    ("/city.jpg?w=222&h=222&fit=cover&q=80", "/imgproxy/_/rs:fill:222:222/plain/local:///city.jpg"),
    ("/city.jpg?w=223&h=100&fit=cover&gravity=north&q=80", "/imgproxy/_/rs:fill:223:100/g:no/plain/local:///city.jpg"),
    ("/city.jpg?w=224&h=100&fit=stretch&q=80", "/imgproxy/_/rs:force:224:100/plain/local:///city.jpg"),
    ("/city.jpg?w=225&q=40", "/imgproxy/_/w:225/q:40/plain/local:///city.jpg"),
    ("/city.jpg?w=226&format=webp&q=79", "/imgproxy/_/w:226/bG9jYWw6Ly8vY2l0eS5qcGc.webp"),
    ("/city.jpg?w=227&blur=3&q=80", "/imgproxy/_/w:227/bl:3/plain/local:///city.jpg"),
    ("/logo.png?w=64&q=80", "/imgproxy/_/w:64/plain/local:///logo.png"),
];

#[test]
fn equal_wishes_in_any_dialect_are_one_entry() {
    let city = quarters(640, 427, [[200, 30, 30, 255], [30, 200, 30, 255], [30, 30, 200, 255], [90, 90, 90, 255]]);
    let logo = quarters(200, 80, [[200, 30, 30, 255], [30, 200, 30, 128], [30, 30, 200, 0], [90, 90, 90, 255]]);
    let place =
        Place::with(&[("city.jpg", written(&city, ImageFormat::Jpeg)), ("logo.png", written(&logo, ImageFormat::Png))]);
    let root = place.root();
    let arguments = format!("-mount {}", root.display());
    let server = place.serve(&[
        (
            "IMAGE_PROXY_DIALECTS",
            "imaginary=/imaginary,picfit=/img,iaas=/iaas,next,vercel,amplify,netlify,astro,weserv=/weserv,\
             cloudflare,ipx,cloudinary,imagekit=/ik,imageengine=/engine,thumbor=/thumbor,storyblok=/sb,imgproxy=/imgproxy",
        ),
        ("IMAGE_PROXY_IMAGINARY_ARGS", &arguments),
        ("IMAGE_PROXY_ENABLE_CACHE", "true"),
    ]);
    let mut apart = Vec::new();
    for (native, other) in ALIKE {
        let [native_answer, other_answer] = [native, other].map(|url| server.get(url));
        assert_eq!(native_answer.status, 200, "{native}: {}", native_answer.text());
        assert_eq!(other_answer.status, 200, "{other}: {}", other_answer.text());
        if other_answer.header("x-image-proxy-cache").as_deref() != Some("HIT")
            || native_answer.body != other_answer.body
        {
            apart.push((native, other));
        }
    }
    assert!(apart.is_empty(), "{} of {}: {apart:#?}", apart.len(), ALIKE.len());
}
