# Builds a C project of many files in parallel.
needs make gcc
person max
as max sh -ec 'mkdir -p src; for i in 1 2 3 4 5 6 7 8; do echo "int f$i(void) { return $i; }" >src/f$i.c; done
	{ for i in 1 2 3 4 5 6 7 8; do echo "int f$i(void);"; done; echo "int main(void) { return f1() + f8() - 9; }"; } >src/main.c
	printf "prog: \$(patsubst %%.c,%%.o,\$(wildcard *.c))\n\t\$(CC) -o \$@ \$^\n" >src/Makefile
	make -s -j4 -C src; src/prog; make -s -C src -j4'
