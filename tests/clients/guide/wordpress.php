<?php
/**
 * Runs the plugins of docs/guide/wordpress.md as WordPress would, with as much of WordPress as they use: a post has two pictures of
 * the library, a theme asks for one, and Jetpack for another. The uploads are the samples.
 */

[, $folder, $base] = $argv;
$is_signed = ($argv[3] ?? '') === 'signed';
const UPLOADS = 'https://www.example.com/wp-content/uploads/';

$filters = [];
function add_filter(string $name, callable $filter, int $priority = 10, int $arguments = 1): void {
    $GLOBALS['filters'][$name][] = [$filter, $arguments];
}
function apply_filters(string $name, ...$values) {
    foreach ($GLOBALS['filters'][$name] ?? [] as [$filter, $arguments]) {
        $values[0] = $filter(...array_slice($values, 0, $arguments));
    }
    return $values[0];
}

// The library: what WordPress keeps of each picture, and the sides of the file.
$library = [
    7 => ['_wp_attached_file' => 'summer trip/café.jpg', 'sides' => [600, 400]],
    8 => ['_wp_attached_file' => 'people/photographer.jpg', 'sides' => [512, 512]],
];
function get_post_meta(int $id, string $key, bool $is_single) {
    return $GLOBALS['library'][$id][$key] ?? '';
}
function update_post_meta(int $id, string $key, $value): void {
    $GLOBALS['library'][$id][$key] = $value;
}
function wp_attachment_is_image(int $id): bool {
    return isset($GLOBALS['library'][$id]);
}
function is_admin(): bool {
    return false;
}
function esc_url(string $url): string {
    return str_replace('&', '&#038;', $url);
}
function esc_attr(string $text): string {
    return htmlspecialchars($text, ENT_QUOTES);
}
function wp_remote_get(string $url): array {
    $body = file_get_contents(str_replace('https://images.example.com', $GLOBALS['base'], $url));
    return ['body' => $body, 'response' => ['code' => $body === false ? 404 : 200]];
}
function wp_remote_retrieve_response_code(array $answer): int {
    return $answer['response']['code'];
}
function wp_remote_retrieve_body(array $answer): string {
    return $answer['body'];
}

function holds(bool $claim, string $what): void {
    if (!$claim) {
        fwrite(STDERR, "it does not hold that $what\n");
        exit(1);
    }
}

if ($is_signed) {
    define('IMAGES_SECRET', 'a-long-secret');
}
require "$folder/mu-plugins/images.php";

/** The widths and heights below those of the picture that WordPress offers, as it calculates them. */
function sources(int $id, array $size): array {
    [$width, $height] = $GLOBALS['library'][$id]['sides'];
    $found = [];
    foreach ([150, 300, $width] as $each) {
        $name = UPLOADS . $GLOBALS['library'][$id]['_wp_attached_file'];
        $found[$each] = ['url' => $name, 'descriptor' => 'w', 'value' => $each];
    }
    return apply_filters('wp_calculate_image_srcset', $found, $size, '', [], $id);
}

foreach (array_keys($library) as $id) {
    apply_filters('wp_generate_attachment_metadata', [], $id);
    [$width, $height] = $library[$id]['sides'];
    $size = [300, (int) round(300 * $height / $width)];
    // A theme: wp_get_attachment_image.
    [$url, $w, $h] = apply_filters('wp_get_attachment_image_src', [UPLOADS . 'cut-300x200.jpg', ...$size, true], $id, 'medium', false);
    $srcset = [];
    foreach (sources($id, $size) as $source) {
        $srcset[] = esc_url($source['url']) . ' ' . $source['value'] . $source['descriptor'];
    }
    $srcset = implode(', ', $srcset);
    echo '<img width="', $w, '" height="', $h, '" src="', esc_url($url), '" srcset="', $srcset, "\">\n";
    // A post.
    $tag = '<img width="' . $size[0] . '" height="' . $size[1] . '" src="' . UPLOADS . 'cut-300x200.jpg" srcset="' . $srcset . '" alt="">';
    $shown = apply_filters('wp_content_img_tag', $tag, 'the_content', $id);
    holds(str_contains($shown, 'url(data:image/webp;base64,'), 'pictures in posts have a placeholder');
    holds(!str_contains($shown, UPLOADS), 'pictures in posts are asked of image-proxy alone');
    echo $shown, "\n";
}

if (!$is_signed) {
    require "$folder/mu-plugins/photon.php";
    // As Jetpack's Image_CDN_Core::cdn_url writes them.
    foreach ([['resize', '300,200', 300, 200], ['fit', '300,300', 300, 200], ['w', '150', 150, 100]] as [$word, $value, $w, $h]) {
        $path = 'www.example.com/wp-content/uploads/summer%20trip/caf%C3%A9.jpg';
        $url = apply_filters('jetpack_photon_domain', 'https://i0.wp.com', '') . "/$path?$word=" . rawurlencode($value) . '&ssl=1';
        echo '<img width="', $w, '" height="', $h, '" src="', esc_url($url), "\">\n";
    }
}
