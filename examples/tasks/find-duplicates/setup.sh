#!/bin/bash
# Made rather than shipped: files that differ in one byte, and names that trip a careless pipeline.
set -euo pipefail
mkdir -p "photos/2023/summer trip" photos/2024/spring photos/inbox "photos/to sort/old phone"
cd photos
picture() { head --bytes="$2" <(yes "$1") >"$3"; }
picture sunset 48213 2023/IMG_0001.jpg
picture harbour 51877 2023/IMG_0002.jpg
picture market 30551 "2023/summer trip/DSC 10.jpg"
picture beach 61440 "2023/summer trip/DSC 11.jpg"
picture tulips 40960 2024/spring/IMG_0107.jpg
picture garden 22222 2024/spring/IMG_0108.jpg
picture empty 0 inbox/upload.tmp
picture receipt 9011 inbox/scan.pdf
picture portrait 70001 "to sort/old phone/0001.jpg"
cp 2023/IMG_0001.jpg inbox/IMG_0001.jpg
cp 2023/IMG_0001.jpg "to sort/old phone/sunset.jpg"
cp "2023/summer trip/DSC 11.jpg" "2023/summer trip/DSC 11 (copy).jpg"
cp 2024/spring/IMG_0107.jpg "inbox/tulips.jpg"
# The same size and name as another, and not the same.
picture sunsat 48213 2024/IMG_0001.jpg
picture Garden 22222 inbox/IMG_0108.jpg
