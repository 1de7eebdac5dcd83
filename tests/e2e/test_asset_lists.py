# SPDX-License-Identifier: Apache-2.0
"""Tables that a person names with csv: are read row by row."""
from debar_program import ABSENT, ERROR, FOUND
from making import write

GOODS = ('Order;Product;Manufacturer;Pieces\r\n'
         '1;Endpoint protection;"AO ""Kaspersky Lab""";20\r\n'
         '2;"Keyboard; mouse";Example GmbH;3\r\n'
         '3;Endpoint removal;Example;1\r\n'
         '4;Switch;ООО «Лаборатория Касперского»;1\r\n')


def test_each_row_is_a_place(debar, tmp_path):
    tree = write(tmp_path / "tree", {"goods.csv": "\ufeffsep=;\r\n" + GOODS})
    path = tree / "goods.csv"

    scan = debar.scan(f"csv:{path}")

    assert {p for f in scan.findings for p in f["places"]} == {f"{path}!/row 2", f"{path}!/row 5"}, scan
    assert {(f["vendor"], f["state"], f["confidence"]) for f in scan.findings} == {("kaspersky", "referenced", "probable")}, scan
    assert scan.code == FOUND
    assert debar.scan(f"csv:{path}", "--sandbox=off").findings == scan.findings


def test_a_person_says_what_the_columns_are(debar, tmp_path):
    table = "A,B\nAO Kaspersky Lab,x\n"
    tree = write(tmp_path / "tree", {"a.csv": table.encode("utf-16")})

    assert debar.scan(f"csv:{tree}/a.csv", "--columns", "vendor=A,name=B").code == FOUND
    assert debar.scan(f"csv:{tree}/a.csv", "--columns", "vendor=#1").one("kaspersky")["places"] == [f"{tree}/a.csv!/row 2"]
    assert debar.scan(f"csv:{tree}/a.csv", "--columns", "vendor=B").code == ABSENT


def test_a_wrong_column_is_an_error_with_the_right_ones(debar, tmp_path):
    tree = write(tmp_path / "tree", {"a.csv": GOODS, "b.csv": "x,y\n1,2\n"})
    for arguments, words in (
            ([f"csv:{tree}/a.csv", "--columns", "vendor=Maker"], ["'Maker'", "Order, Product, Manufacturer, Pieces", "a.csv"]),
            ([f"csv:{tree}/b.csv"], ["x, y", "--columns"]),
            ([f"csv:{tree}/b.csv", "--columns", "wendor=x"], ["wendor"]),
            ([f"{tree}/b.csv", "--columns", "vendor=x"], ["csv:FILE"]),
            ([f"csv:{tree}/none.csv"], ["none.csv"])):
        for sandbox in ("auto", "off"):
            run = debar("scan", *arguments, f"--sandbox={sandbox}")

            assert run.code == ERROR and all(w in run.err for w in words), run


def test_a_table_that_nobody_names_is_none(debar, tmp_path):
    assert debar.scan(write(tmp_path / "tree", {"goods.csv": GOODS})).code == ABSENT


def test_a_table_below_a_root(debar, tmp_path):
    root = write(tmp_path / "root", {"srv/goods.csv": GOODS, "etc/os-release": "ID=debian\n"})

    scan = debar.scan("--root", root, "csv:srv/goods.csv")

    assert f"{root}/srv/goods.csv!/row 2" in {p for f in scan.findings for p in f["places"]}, scan
