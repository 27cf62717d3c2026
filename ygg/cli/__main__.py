from ygg.cli import main

main()
