1+2.
X = 5.
X.
Y = X *
 2.
foo(.
1 = 2.
v(1).
v(-1).
b().
f(X).
X.
f().
b().
e(1).
e(5).
A = 1, B = 2.
A = 1. foo(.
Y1 = 1, Z.
Y1.
v(foo).
v(99).
e(99).
v(1) + v(2).
catch_exception(true).
1/0.
catch_exception(false).
history(3).
results(2).
1.
h().
history(20).
f(). 
A.
halt(3).
