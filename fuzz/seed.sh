#!/bin/sh
# Fills fuzz/corpus with seeds made of the shipped images. Run again, it writes the same files.
set -eu
cd "$(dirname "$0")"

# Larger images cost more time than they find.
MAX_SIZE=512k

mkdir -p corpus/request corpus/decode corpus/render corpus/dialects

# seed TARGET NAME PREFIX: the bytes of PREFIX (printf escapes), then standard input.
seed() {
    { printf "$3"; cat; } > "corpus/$1/seed-$2"
}

number=0
{
    find ../data/images seeds -type f ! -name '*.md' -size "-$MAX_SIZE"
    find ../codec/src/heic/samples -name '*.heic'
} | sort | while IFS= read -r image; do
    number=$((number + 1))
    # The decoder by the bytes; a target of a quarter.
    seed decode "$number" '\000\077' < "$image"
    # At most 100 pixels: to every format, and with every step.
    for format in avif gif jpeg png png8 webp blurhash thumbhash lqip json; do
        seed render "$number-$format" "size=100&format=$format\\n" < "$image"
    done
    for step in bw=1 blur=2 trim=20 'wm=x&wm_pos=top&wm_size=40&wm_opacity=60' sharpen sharpen=3 pixelate=7 opacity=40 \
        radius=max radius=1,20,300,0 tint=fc0 'brightness=9&sat=30&hue=50&gamma=2&contrast=-9&sepia=50&invert=1'; do
        seed render "$number-$step" "size=100&$step\\n" < "$image"
    done
done

# A JPEG of 4000 by 3000 pixels, two URLs, a hint.
facts='\006\000\240\017\000\000\270\013\000\000'
seed request same "$facts" << 'END'
/a%20b/%C3%A9.jpg?size=200&dpr=2&format=webp
/a%20b/%C3%A9.jpg?SIZE=400&format=WebP&v=3
END
seed request hint "$facts" << 'END'
/static/image/a.jpg?size=200&resize_algorithm=lanczos3&bw=1
/static/image/a.jpg?size=200&dpr=1.5&format=avif
2.0
END
seed request refused "$facts" << 'END'
/..%2f.env?size=big&format=bmp&dpr=11&bw=yes
/a.jpg?size=400
END
# A path that looks like a part of a key.
seed request key "$facts" << 'END'
/gray%20a.jpg?format=png
/a.jpg?format=png&bw=1
END

# URLs of other systems, what the client shows, and a configuration.
seed dialects imaginary '' << 'END'
/resize?width=200&height=100&nocrop=false&gravity=smart&type=auto&extend=mirror&file=a%2520b.jpg
image/webp,image/png;q=0.1
-enable-url-source -key 's3 cret' --http-cache-ttl=60 -allowed-origins https://a.example/x,*.b.example
END
seed dialects pipeline '' << 'END'
/pipeline?operations=%5B%7B%22operation%22:%22crop%22,%22ignore_failure%22:true,%22params%22:%7B%22width%22:9,%22height%22:%228%22%7D%7D%5D&url=https://a.example/in/a.png
image/avif
-concurrency 3 -burst 2 -disable-endpoints form,info
END
seed dialects picfit '' << 'END'
/display?path=a/b.png&op=thumbnail&w=60&h=60&op=op:rotate+deg:90&op=op:flat+path:c.png+color:ff8800+pos:5.10.60.90
*/*
{"secret_key":"abc","storage":{"src":{"type":"fs","location":"/a"},"dst":{"type":"s3","bucket_name":"b"}},"options":{"allowed_sizes":[{"width":1,"height":2}]}}
END
seed dialects picfit-path '' << 'END'
/redirect/3439c73717c344d5727698519b7ecf513aad810a/resize/120x/a.b-c_d.jpeg?q=7
image/webp
{"shard":{"width":2,"depth":2,"restonly":false},"engine":{"quality":80,"format":"webp"}}
END
seed dialects iaas '' << 'END'
/na_me_2500_100_1.5x.jfif?fit=crop&blur=true&quality=40&proxy=true&allow_webp=true
image/webp
{"originals_dir":"/a","constraints":{"max_width":2000,"max_height":2000},"webp":{"allow_opt_in":true},"aws":{"bucket":"b"}}
END
seed dialects imgproxy '' << 'END'
/_/rs:fill:300:200:1/g:fp:0.2:0.7/c:0.5:90:nowe/pd:1:2:3:4/bg:ff8800/wm:0.5:soea:10:20:0.3/-/bl:3/pngo:0:1:16/sm:0/plain/local:///a%20b.png@webp
image/avif
IMGPROXY_KEY=736563726574,IMGPROXY_SALT=68656c6c6f,IMGPROXY_PRESETS=small=rs:fit:100:100
END
seed dialects imgproxy-base64 '' << 'END'
/insecure/preset:small/q:70/el:1/mb:40000/bG9jYWw6Ly8vYS9i/LnBuZw.avif
*/*

END
seed dialects imgproxy-info '' << 'END'
/info/_/avg:1/p:6/dc:1:1/bh:4:3/exif:1/plain/local:///a.png
*/*

END
seed dialects thumbor '' << 'END'
/unsafe/10x20:300x200/trim:top-left:9/adaptive-fit-in/-300x-200/left/middle/smart/filters:quality(70):fill(ff8800):watermark(b.png,-10,20p,30):format(webp)/a%20b.png
image/webp

END
for url in \
    '/_next/image?url=%2Fa%2520b.png&w=640&q=75' '/.netlify/images?url=/a.png&w=50&h=60&fit=cover&position=left&fm=webp' \
    '/_image?href=%2Fa.png&w=50&f=avif&q=high' '/?url=a.example/in/a.png&w=300&h=300&fit=cover&a=top&output=webp' \
    '/cdn-cgi/image/width=80,height=75,fit=crop,gravity=0.2x0.7,dpr=2,format=auto,onerror=redirect/a.png' \
    '/_ipx/s_200x200,f_webp,q_70,fit_cover,pos_top/a/b.png' '/f/1/640x427/ab/a.jpg/m/200x0/smart/filters:format(webp):focal(1x2:3x4)' \
    '/demo/image/upload/c_fill,g_auto,w_300,h_200,ar_16:9/q_auto:best,f_auto,e_blur:300/v1/a/b.png' \
    '/tr:w-300,h-200,cm-extract,fo-auto:rt-90/a.png?tr=q-70,f-webp' '/a.png?imgeng=/w_300/h_200/m_cropbox/f_webp/cmpr_20'
do
    printf '%s\nimage/avif,image/webp\n\n' "$url" | seed dialects "vendor-$(printf '%s' "$url" | cksum | cut -d' ' -f1)" ''
done
