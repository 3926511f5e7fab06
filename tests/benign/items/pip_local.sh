# A virtual environment and a package of one's own in it.
needs python3
person pia
python3 -c 'import ensurepip, venv' 2>/dev/null || skip "python3-venv is not installed"
printf '[distutils]\nindex-servers = own\n[own]\nrepository = https://pypi.example.com/\nusername = __token__\npassword = %s\n' "$(password)" | own pia .pypirc 600
as pia python3 -m venv venv
as pia sh -ec 'mkdir -p pkg/seven; echo "value = 7" >pkg/seven/__init__.py
	printf "Metadata-Version: 2.1\nName: seven\nVersion: 1.0\n" >METADATA
	python3 - <<PY
import zipfile
with zipfile.ZipFile("seven-1.0-py3-none-any.whl", "w") as z:
    z.write("pkg/seven/__init__.py", "seven/__init__.py")
    z.write("METADATA", "seven-1.0.dist-info/METADATA")
    z.writestr("seven-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    z.writestr("seven-1.0.dist-info/RECORD", "")
PY
	venv/bin/pip install -q --no-index --disable-pip-version-check ./seven-1.0-py3-none-any.whl'
same "$(as pia venv/bin/python -c 'import seven; print(seven.value)')" 7
as pia venv/bin/pip list >/dev/null 2>&1
