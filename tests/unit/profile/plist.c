/* Tests of property lists (profile/plist.h). */
#include "profile/plist.h"
#include "support/hex.h"
#include "support/test.h"

#define HEAD "<?xml version=\"1.0\"?><plist version=\"1.0\">"

static hf_status decode(const char *xml, struct hf_plist **out)
{
    *out = NULL;
    return hf_plist_decode(hf_bytes_of_string(xml), out);
}

Test(plist, every_kind_of_value_is_read)
{
    struct hf_plist *root;
    uint32_t number;

    cr_assert_eq(decode(HEAD "<dict><key>s</key><string>a&amp;b</string><key>d</key><data> AQID\n "
                             "BA== </data><key>i</key>"
                             "<integer>42</integer><key>t</key><true/><key>a</key><array><string/"
                             "><dict/></array></dict></plist>",
                        &root),
                 HF_OK);
    cr_expect(hf_plist_is_text(hf_plist_get(root, "s"), "a&b"));
    cr_expect(hf_bytes_equal(hf_buf_bytes(&hf_plist_get(root, "d")->value), hex("01020304")));
    cr_expect(hf_plist_number(hf_plist_get(root, "i"), &number) && number == 42);
    cr_expect(hf_plist_number(hf_plist_get(root, "t"), &number) && number == 1);
    cr_expect_eq(hf_plist_get(root, "a")->first->next->kind, HF_PLIST_DICT);
    cr_expect_null(hf_plist_get(root, "x"));
    cr_expect_null(hf_plist_get(NULL, "x"));
    hf_plist_free(root);
}

Test(plist, numbers_are_taken_in_the_types_that_real_files_use)
{
    struct hf_plist *root;
    uint32_t number = 7;

    cr_assert_eq(decode(HEAD "<dict><key>r</key><real>1.0</real><key>s</key><string>true</"
                             "string><key>f</key><false/>"
                             "<key>n</key><string>x1</string><key>big</key><integer>99999999999</"
                             "integer></dict></plist>",
                        &root),
                 HF_OK);
    cr_expect(hf_plist_number(hf_plist_get(root, "r"), &number) && number == 1);
    cr_expect(hf_plist_number(hf_plist_get(root, "s"), &number) && number == 1);
    cr_expect(hf_plist_number(hf_plist_get(root, "f"), &number) && number == 0);
    number = 7;
    cr_expect_not(hf_plist_number(hf_plist_get(root, "n"), &number));
    cr_expect_not(hf_plist_number(hf_plist_get(root, "big"), &number));
    cr_expect_eq(number, 7u);
    hf_plist_free(root);
}

Test(plist, what_is_not_a_property_list_is_refused)
{
    struct hf_plist *root;

    cr_expect_eq(decode("<html></html>", &root), HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(decode("plain", &root), HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(decode(HEAD "</plist>", &root), HF_ERR_MALFORMED);
    cr_expect_eq(decode(HEAD "<dict><string>without key</string></dict></plist>", &root),
                 HF_ERR_MALFORMED);
    cr_expect_eq(decode(HEAD "<dict/><dict/></plist>", &root), HF_ERR_MALFORMED);
    cr_expect_eq(decode(HEAD "<data>A</data></plist>", &root), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(decode(HEAD "<data>A*==</data></plist>", &root), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(decode(HEAD "<dict><key>a</key><true/><key>a</key><false/></dict></plist>", &root),
                 HF_ERR_MALFORMED);
    cr_expect_eq(decode(HEAD "<string><dict/></string></plist>", &root), HF_ERR_MALFORMED);
}

Test(plist, entities_are_refused)
{
    struct hf_plist *root;

    cr_expect_eq(decode("<?xml version=\"1.0\"?><!DOCTYPE plist [<!ENTITY a "
                        "\"b\">]><plist><string>&a;</string></plist>",
                        &root),
                 HF_ERR_DENIED);
    cr_expect_eq(
        decode(
            "<?xml version=\"1.0\"?><!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
            "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist><string>ok</string></plist>",
            &root),
        HF_OK);
    hf_plist_free(root);
}

static void append(hf_buf *xml, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        cr_assert(hf_buf_append(xml, hf_bytes_of_string(text)));
}

static hf_status decode_repeated(const char *open, const char *close, size_t times)
{
    hf_buf xml = hf_buf_with_max(1 << 20);
    struct hf_plist *root = NULL;
    hf_status status;

    append(&xml, HEAD "<array>", 1);
    append(&xml, open, times);
    append(&xml, close, times);
    append(&xml, "</array></plist>", 1);
    status = hf_plist_decode(hf_buf_bytes(&xml), &root);
    hf_plist_free(root);
    hf_buf_free(&xml);
    return status;
}

Test(plist, depth_and_number_of_nodes_are_bounded)
{
    cr_expect_eq(decode_repeated("<array>", "</array>", HF_PLIST_DEPTH_MAX - 1), HF_OK);
    cr_expect_eq(decode_repeated("<array>", "</array>", HF_PLIST_DEPTH_MAX), HF_ERR_MALFORMED);
    cr_expect_eq(decode_repeated("<true/>", "", HF_PLIST_NODES_MAX - 1), HF_OK);
    cr_expect_eq(decode_repeated("<true/>", "", HF_PLIST_NODES_MAX), HF_ERR_MALFORMED);
}

static void expect_moment(const char *text, bool is_moment, hf_wall_clock expected)
{
    struct hf_plist node = { .kind = HF_PLIST_DATE, .value = hf_buf_with_max(64) };
    hf_wall_clock got = 77;

    cr_assert(hf_buf_append(&node.value, hf_bytes_of_string(text)));
    cr_expect_eq(hf_plist_moment(&node, &got), is_moment, "%s", text);
    cr_expect_eq(got, is_moment ? expected : 77, "%s: %lld", text, (long long)got);
    hf_buf_free(&node.value);
}

Test(plist, moments_are_read_in_the_calendar_of_gregory)
{
    expect_moment("1970-01-01T00:00:00Z", true, 0);
    expect_moment("2000-02-29T12:00:01Z", true, 951825601);
    expect_moment("2026-11-20T19:00:00Z", true, 1795201200);
    expect_moment("2100-03-01T00:00:00Z", true, 4107542400);
    expect_moment("1969-12-31T23:59:59Z", false, 0);
    expect_moment("2026-13-01T00:00:00Z", false, 0);
    expect_moment("2026-11-20T24:00:00Z", false, 0);
    expect_moment("2026-11-20", false, 0);
    expect_moment("2026-11-20T19:00:0xZ", false, 0);
    expect_moment("", false, 0);
}
