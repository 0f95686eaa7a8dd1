# Pieces sold by region, over all files; the first line of each is a header.
BEGIN { FS = "," }
FNR > 1 { pieces[$2] += $3 }
END { for (region in pieces) print region "," pieces[region] }
