/* Tests of XML and JSON trees (profile/xml.c, profile/json_tree.c, profile/node.c). */
#include "profile/xml.h"
#include "profile/json_tree.h"
#include "support/test.h"

#include <string.h>

static hf_status xml(const char *text, struct hf_node **out)
{
    *out = NULL;
    return hf_xml_decode(hf_bytes_of_string(text), out);
}

static void expect_xml_refused(const char *text, hf_status status)
{
    struct hf_node *root;

    cr_expect_eq(xml(text, &root), status, "%s", text);
    cr_expect_null(root);
}

Test(xml, elements_become_nodes_with_text_and_namespace)
{
    struct hf_node *root;
    uint32_t number;

    cr_assert_eq(xml("<?xml version='1.0'?><a xmlns='urn:x'><b> 1<![CDATA[2]]>&amp;<!-- c -->3 </b>"
                     "<c xmlns=''><d/></c><p:e xmlns:p='urn:y'>42</p:e></a>",
                     &root),
                 HF_OK);
    cr_expect(hf_node_is_named(root, "a"));
    cr_expect(hf_bytes_equal(hf_buf_bytes(&root->space), hf_bytes_of_string("urn:x")));
    cr_expect_eq(root->kind, HF_NODE_OBJECT);
    cr_expect(hf_node_is_text(hf_node_get(root, "b"), "12&3"));
    cr_expect_eq(hf_node_raw(hf_node_get(root, "b")).len, 6u);
    cr_expect_not_null(hf_node_find(root, "c/d"));
    cr_expect_null(hf_node_find(root, "c/x"));
    cr_expect_eq(hf_node_find(root, "c/d")->space.len, 0u);
    cr_expect(hf_node_number(hf_node_get(root, "e"), &number) && number == 42);
    cr_expect_not(root->stray_text);
    hf_node_free(root);
}

Test(xml, stray_characters_between_elements_are_told)
{
    struct hf_node *root;

    cr_assert_eq(xml("<a><!-- x -->>\n<b/></a>", &root), HF_OK);
    cr_expect(root->stray_text);
    cr_expect_eq(hf_node_text(root).len, 0u);
    hf_node_free(root);
}

Test(xml, what_is_not_well_formed_or_declares_entities_is_refused)
{
    expect_xml_refused("", HF_ERR_PROFILE_FORMAT);
    expect_xml_refused("<a><b></a>", HF_ERR_PROFILE_FORMAT);
    expect_xml_refused("<a/><b/>", HF_ERR_PROFILE_FORMAT);
    expect_xml_refused("<p:a/>", HF_ERR_PROFILE_FORMAT);
    expect_xml_refused("<a>&x;</a>", HF_ERR_PROFILE_FORMAT);
    expect_xml_refused("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", HF_ERR_DENIED);
    expect_xml_refused("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
                       HF_ERR_DENIED);
    expect_xml_refused("<!DOCTYPE a SYSTEM 'http://x/'><a>&x;</a>", HF_ERR_DENIED);
}

Test(xml, depth_and_number_of_nodes_are_bounded)
{
    static char text[HF_NODE_COUNT_MAX * 4 + 100];
    struct hf_node *root;

    text[0] = '\0';
    for (size_t i = 0; i < HF_NODE_DEPTH_MAX; i++)
        strcat(text, "<a>");
    for (size_t i = 0; i < HF_NODE_DEPTH_MAX; i++)
        strcat(text, "</a>");
    cr_assert_eq(xml(text, &root), HF_OK);
    hf_node_free(root);
    memmove(text + 3, text, strlen(text) + 1);
    memcpy(text, "<a>", 3);
    strcat(text, "</a>");
    expect_xml_refused(text, HF_ERR_MALFORMED);
    memcpy(text, "<x>", 3);
    for (size_t i = 0; i < HF_NODE_COUNT_MAX; i++)
        memcpy(text + 3 + i * 4, "<a/>", 4);
    strcpy(text + 3 + (size_t)HF_NODE_COUNT_MAX * 4, "</x>");
    expect_xml_refused(text, HF_ERR_MALFORMED);
}

static size_t widen(const char *text, bool is_big_endian, bool has_mark, uint8_t *out)
{
    size_t len = 0;

    if (has_mark) {
        out[len++] = is_big_endian ? 0xfe : 0xff;
        out[len++] = is_big_endian ? 0xff : 0xfe;
    }
    for (; *text != '\0'; text++) {
        out[len + is_big_endian] = (uint8_t)*text;
        out[len + !is_big_endian] = 0;
        len += 2;
    }
    return len;
}

Test(xml, both_encodings_are_read_with_and_without_a_mark)
{
    static const char *const text = "<?xml version='1.0' encoding='utf-16'?><a>b</a>";
    uint8_t wide[200];
    struct hf_node *root;

    for (int i = 0; i < 4; i++) {
        size_t len = widen(text, (i & 1) != 0, (i & 2) != 0, wide);

        cr_expect(hf_xml_contains((hf_bytes){ wide, len }, "<a>"));
        cr_assert_eq(hf_xml_decode((hf_bytes){ wide, len }, &root), HF_OK, "%d", i);
        cr_expect(hf_node_is_text(root, "b"));
        hf_node_free(root);
    }
    cr_assert_eq(xml(text, &root), HF_OK); /* said to be UTF-16, stored as UTF-8 */
    hf_node_free(root);
    cr_assert_eq(xml("\xef\xbb\xbf\r\n<?xml version='1.0' encoding='UTF-8'?><a/>", &root), HF_OK);
    hf_node_free(root);
    cr_expect_not(hf_xml_contains(hf_bytes_of_string("<A>"), "<a>"));
}

Test(xml, an_escaped_document_is_unescaped)
{
    static const char *const text = "&lt;a&gt;&amp;lt;&lt;/a&gt;\n";
    uint8_t wide[200];
    hf_buf out = hf_buf_with_max(100);

    cr_assert_eq(hf_xml_unescape(hf_bytes_of_string(text), &out), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&out), hf_bytes_of_string("<a>&lt;</a>")));
    for (int i = 0; i < 4; i++) {
        size_t len = widen(text, (i & 1) != 0, (i & 2) != 0, wide);

        hf_buf_clear(&out);
        cr_assert_eq(hf_xml_unescape((hf_bytes){ wide, len }, &out), HF_OK, "%d", i);
        cr_expect(hf_bytes_equal(hf_buf_bytes(&out), hf_bytes_of_string("<a>&lt;</a>")));
    }
    cr_expect_eq(hf_xml_unescape(hf_bytes_of_string("<a>"), &out), HF_ERR_PROFILE_FORMAT);
    hf_buf_free(&out);
}

Test(xml, json_values_become_text_whatever_their_type)
{
    struct hf_node *root;
    uint32_t number;
    bool on = false;

    cr_assert_eq(hf_json_decode(hf_bytes_of_string(
                                    "\xef\xbb\xbf{\"s\":\"a\",\"n\":1400,\"r\":1400.0,\"b\":true,"
                                    "\"t\":\"TRUE\",\"z\":null,\"l\":[1,{\"x\":\"y\"}]}"),
                                &root),
                 HF_OK);
    cr_expect(hf_node_number(hf_node_get(root, "n"), &number) && number == 1400);
    cr_expect(hf_node_number(hf_node_get(root, "r"), &number) && number == 1400);
    cr_expect(hf_node_bool(hf_node_get(root, "b"), &on) && on);
    cr_expect(hf_node_bool(hf_node_get(root, "t"), &on) && on);
    cr_expect_eq(hf_node_get(root, "z")->kind, HF_NODE_NULL);
    cr_expect(hf_node_is_text(hf_node_get(root, "l")->first, "1"));
    cr_expect(hf_node_is_text(hf_node_get(hf_node_get(root, "l")->last, "x"), "y"));
    cr_expect_not(hf_node_number(hf_node_get(root, "s"), &number));
    cr_expect_not(hf_node_bool(hf_node_get(root, "s"), &on));
    cr_expect_not(hf_node_number(NULL, &number));
    hf_node_free(root);
    cr_expect_eq(hf_json_decode(hf_bytes_of_string("{\"a\":1,\"a\":2}"), &root),
                 HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(hf_json_decode(hf_bytes_of_string("[1]"), &root), HF_ERR_PROFILE_FORMAT);
    cr_expect_eq(hf_json_decode(hf_bytes_of_string("{"), &root), HF_ERR_PROFILE_FORMAT);
}

Test(xml, deep_and_long_json_is_refused)
{
    static char text[HF_NODE_COUNT_MAX * 2 + 100];
    struct hf_node *root;

    strcpy(text, "{\"a\":");
    for (size_t i = 0; i < HF_NODE_DEPTH_MAX; i++)
        strcat(text, "[");
    for (size_t i = 0; i < HF_NODE_DEPTH_MAX; i++)
        strcat(text, "]");
    strcat(text, "}");
    cr_expect_eq(hf_json_decode(hf_bytes_of_string(text), &root), HF_ERR_MALFORMED);
    strcpy(text, "{\"a\":[0");
    for (size_t i = 0; i < HF_NODE_COUNT_MAX; i++)
        memcpy(text + 7 + i * 2, ",0", 2);
    strcpy(text + 7 + (size_t)HF_NODE_COUNT_MAX * 2, "]}");
    cr_expect_eq(hf_json_decode(hf_bytes_of_string(text), &root), HF_ERR_MALFORMED);
}

Test(xml, numbers_have_a_limit)
{
    struct hf_node *root;
    uint32_t number = 7;

    cr_assert_eq(
        hf_json_decode(
            hf_bytes_of_string("{\"a\":4294967295,\"b\":4294967296,\"c\":1.5,\"d\":-1,\"e\":\"\"}"),
            &root),
        HF_OK);
    cr_expect(hf_node_number(hf_node_get(root, "a"), &number) && number == UINT32_MAX);
    number = 7;
    for (const char *key = "bcde"; *key != '\0'; key++) {
        char name[2] = { *key, '\0' };

        cr_expect_not(hf_node_number(hf_node_get(root, name), &number), "%s", name);
    }
    cr_expect_eq(number, 7u);
    hf_node_free(root);
}
